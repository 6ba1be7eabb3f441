package rights

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Parameters of one-time codes by time (RFC 6238): those that every authenticator understands.
const (
	totpStep   = 30 * time.Second
	totpSecret = 20 // bytes
	totpSkew   = 1  // steps that a clock may be off
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpCode is the code of a step (RFC 4226).
func totpCode(secret []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1e6)
}

// totpFits gives the step that code is of, if it is a good one now and of a later step than last.
func totpFits(secret []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	current := now.Unix() / int64(totpStep/time.Second)
	for s := current - totpSkew; s <= current+totpSkew; s++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(secret, s)), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// newTOTP gives a secret in the form that authenticators take, and as an address for a QR code.
func newTOTP(user string) (secret, uri string) {
	b := make([]byte, totpSecret)
	rand.Read(b) // never fails
	secret = base32Text.EncodeToString(b)
	return secret, "otpauth://totp/Watchpost:" + url.PathEscape(user) + "?" + url.Values{"secret": {secret}, "issuer": {"Watchpost"}}.Encode()
}

// seal encrypts a secret that must be kept; what names it cannot be exchanged.
func seal(key [32]byte, name string, secret []byte) (string, error) {
	aead, err := sealer(key)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails
	return base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, secret, []byte(name))), nil
}

func unseal(key [32]byte, name, sealed string) ([]byte, error) {
	aead, err := sealer(key)
	if err != nil {
		return nil, err
	}
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(b) < aead.NonceSize() {
		return nil, errors.New("a sealed secret cannot be read")
	}
	n := aead.NonceSize()
	out, err := aead.Open(nil, b[:n], b[n:], []byte(name))
	if err != nil {
		return nil, errors.New("a sealed secret was made with another key (query.key)")
	}
	return out, nil
}

func sealer(key [32]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Seal encrypts what must be kept and nobody may read; Unseal, by the same name, gives it back in any process of the installation.
func (b *Book) Seal(name string, secret []byte) (string, error) { return seal(b.o.Key, name, secret) }

// Unseal is the inverse of Seal.
func (b *Book) Unseal(name, sealed string) ([]byte, error) { return unseal(b.o.Key, name, sealed) }

// Fingerprint gives what tells a text from others, in hex, and from which it cannot be guessed without the installation's key.
func (b *Book) Fingerprint(text []byte) string {
	mac := hmac.New(sha256.New, b.o.Key[:])
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))
}
