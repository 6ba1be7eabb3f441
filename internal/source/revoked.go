package source

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

// maxCRL bounds the file of revocation lists, in bytes: some million entries.
const maxCRL = 64 << 20

// A revocation is one authority's list.
type revocation struct {
	authority *x509.Certificate // who signed it
	from      time.Time
	until     time.Time // zero: the authority promises no next one
	serials   map[string]struct{}
}

// readRevocations reads the lists of a file. Each must be whole, valid now, and signed by one of authorities; of two by the same one the later counts.
func readRevocations(file string, authorities []*x509.Certificate, now time.Time) ([]revocation, error) {
	if info, err := os.Stat(file); err != nil {
		return nil, err
	} else if info.Size() > maxCRL {
		return nil, fmt.Errorf("%s has %d bytes, more than %d", file, info.Size(), maxCRL)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var lists []revocation
	n := 0
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		n++
		if block.Type != "X509 CRL" {
			return nil, fmt.Errorf("%s: block %d is %q, want X509 CRL", file, n, block.Type)
		}
		r, err := readRevocation(block.Bytes, authorities, now)
		if err != nil {
			return nil, fmt.Errorf("%s: list %d: %w", file, n, err)
		}
		lists = append(lists, r)
	}
	if n == 0 {
		return nil, fmt.Errorf("%s holds no revocation list in PEM", file)
	}
	if len(bytes.TrimSpace(data)) > 0 {
		return nil, fmt.Errorf("%s: what follows list %d is not PEM", file, n)
	}
	return lists, nil
}

func readRevocation(der []byte, authorities []*x509.Certificate, now time.Time) (revocation, error) {
	l, err := x509.ParseRevocationList(der)
	if err != nil {
		return revocation{}, err
	}
	r := revocation{from: l.ThisUpdate, until: l.NextUpdate, serials: make(map[string]struct{}, len(l.RevokedCertificateEntries))}
	for _, a := range authorities {
		if bytes.Equal(a.RawSubject, l.RawIssuer) {
			if err = l.CheckSignatureFrom(a); err == nil {
				r.authority = a
				break
			}
		}
	}
	switch {
	case err != nil:
		return r, fmt.Errorf("signature of %s: %w", l.Issuer, err)
	case r.authority == nil:
		return r, fmt.Errorf("its authority, %s, is not in tls.client_ca", l.Issuer)
	case now.Before(l.ThisUpdate):
		return r, fmt.Errorf("valid only from %s", l.ThisUpdate.Format(time.DateTime))
	case r.old(now):
		return r, fmt.Errorf("out of date since %s", l.NextUpdate.Format(time.DateTime))
	}
	// What is critical narrows what the list says (a delta, a part, entries of other authorities); the rest of it would be missed.
	for _, e := range l.Extensions {
		if e.Critical {
			return r, fmt.Errorf("extension %s is critical: only whole lists are understood", e.Id)
		}
	}
	for _, entry := range l.RevokedCertificateEntries {
		for _, e := range entry.Extensions {
			if e.Critical {
				return r, fmt.Errorf("extension %s of serial number %x is critical: it is not understood", e.Id, entry.SerialNumber)
			}
		}
		r.serials[string(entry.SerialNumber.Bytes())] = struct{}{}
	}
	return r, nil
}

func (r *revocation) old(now time.Time) bool { return !r.until.IsZero() && now.After(r.until) }

// covers reports whether the list speaks of cert; parent is who signed cert, nil for the end of a chain.
func (r *revocation) covers(cert, parent *x509.Certificate) bool {
	return bytes.Equal(r.authority.RawSubject, cert.RawIssuer) &&
		(parent == nil || bytes.Equal(r.authority.RawSubjectPublicKeyInfo, parent.RawSubjectPublicKeyInfo))
}

// revoked judges verified chains, each from the leaf to one that client_ca holds. As with OpenSSL's CRL_CHECK_ALL (nginx, HAProxy, syslog-ng)
// each certificate below the last needs a list of its authority that is not out of date. One that is listed spoils all chains:
// client_ca may hold an intermediate authority that the root has revoked since.
func revoked(lists []revocation, chains [][]*x509.Certificate, now time.Time) error {
	for _, chain := range chains {
		for i, cert := range chain {
			var parent *x509.Certificate
			if i+1 < len(chain) {
				parent = chain[i+1]
			}
			var newest *revocation
			for j := range lists {
				if l := &lists[j]; l.covers(cert, parent) && (newest == nil || l.from.After(newest.from)) {
					newest = l
				}
			}
			switch {
			case newest == nil && parent == nil:
				continue
			case newest == nil:
				return fmt.Errorf("%w: that of %s, who signed %s", errNoList, cert.Issuer, cert.Subject)
			}
			if _, listed := newest.serials[string(cert.SerialNumber.Bytes())]; listed {
				return fmt.Errorf("%w: %s, serial number %x, of %s", errRevoked, cert.Subject, cert.SerialNumber, cert.Issuer)
			}
			if newest.old(now) {
				return fmt.Errorf("%w: that of %s, since %s", errOldList, cert.Issuer, newest.until.Format(time.DateTime))
			}
		}
	}
	return nil
}

// certificatesOf gives what AppendCertsFromPEM takes.
func certificatesOf(data []byte) (certs []*x509.Certificate) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			certs = append(certs, cert)
		}
	}
	return certs
}
