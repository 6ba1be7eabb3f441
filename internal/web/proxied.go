package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"watchpost/internal/source"
)

// proxyNets reads query.proxies.
func proxyNets(list []string) (nets []netip.Prefix, err error) {
	var faults []error
	for i, s := range list {
		p, err := source.ParseNetwork(s)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("proxies[%d]: %.80q is neither an address nor a network such as 10.1.0.0/16", i, s))
		case p.Bits() == 0:
			faults = append(faults, fmt.Errorf("proxies[%d]: %s names everybody: whoever calls could say to be whom it likes", i, s))
		default:
			nets = append(nets, p.Masked())
		}
	}
	return nets, errors.Join(faults...)
}

// forwarded is what a proxy says of a request.
type forwarded struct{ tls bool }

type forwardedKey struct{}

// behind gives r as the client sent it to a proxy, if it came from one of query.proxies; of others nothing of that kind is believed. In X-Forwarded-For
// each proxy writes the address that it was called from behind those that it was told: so the client is the last one that is no proxy of ours, and what
// stands before that is the client's own tale.
func (s *Server) behind(r *http.Request) *http.Request {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || len(r.Header.Values("X-Forwarded-For")) == 0 || !s.isProxy(peer.Addr()) {
		return r // of a proxy's machine, but not by the proxy: tools there have rights of their own
	}
	client := peer.Addr()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.isProxy(client); i-- {
		hop, ok := hopAddress(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		client = hop
	}
	schemes := strings.Split(strings.Join(r.Header.Values("X-Forwarded-Proto"), ","), ",")
	told := forwarded{tls: strings.EqualFold(strings.TrimSpace(schemes[len(schemes)-1]), "https")}
	r = r.WithContext(context.WithValue(r.Context(), forwardedKey{}, told))
	r.RemoteAddr = netip.AddrPortFrom(client.Unmap(), 0).String()
	return r
}

func (s *Server) isProxy(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, n := range s.proxies {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// hopAddress reads an entry of X-Forwarded-For, which some proxies write with a port.
func hopAddress(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

// proxied says whether r came by a proxy of ours, and whether the client spoke TLS with it.
func proxied(r *http.Request) (tls, ok bool) {
	told, ok := r.Context().Value(forwardedKey{}).(forwarded)
	return told.tls, ok
}

// overTLS says whether the client speaks TLS, with this process or with a proxy of ours.
func overTLS(r *http.Request) bool {
	tls, _ := proxied(r)
	return tls || r.TLS != nil
}
