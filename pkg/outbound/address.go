package outbound

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// PrivateError is the error of a connection to an address that is not public and that nobody configured.
type PrivateError struct{ Address netip.Addr }

func (e *PrivateError) Error() string {
	return fmt.Sprintf("%s is not a public address: addresses inside this network are reached only where the configuration names them", e.Address)
}

// Configured returns an Options.AllowPrivate for the hosts of some URLs, each with its port (443 for https, 80 for http
// if the URL has none). What is not an absolute URL allows nothing.
func Configured(urls ...string) func(hostport string) bool {
	allowed := map[string]bool{}
	for _, s := range urls {
		u, err := url.Parse(s)
		if err != nil || u.Hostname() == "" {
			continue
		}
		port := u.Port()
		if port == "" {
			switch u.Scheme {
			case "https":
				port = "443"
			case "http":
				port = "80"
			}
		}
		allowed[strings.ToLower(net.JoinHostPort(u.Hostname(), port))] = true
	}
	return func(hostport string) bool { return allowed[strings.ToLower(hostport)] }
}

// guardedDialer dials configured hosts freely and all others under guard. The guard looks at the address that is being
// connected to, after the name was resolved: a name that answers with a public address first and a private one later
// gets nowhere.
type guardedDialer struct {
	allowed       func(hostport string) bool
	open, guarded net.Dialer
}

func (d *guardedDialer) DialContext(ctx context.Context, network, hostport string) (net.Conn, error) {
	if d.allowed != nil && d.allowed(hostport) {
		return d.open.DialContext(ctx, network, hostport)
	}
	return d.guarded.DialContext(ctx, network, hostport)
}

// refusePrivate is a net.Dialer.Control: it runs for each address after resolving and before connecting.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("cannot tell which address %q is: %w", address, err)
	}
	if !Public(ap.Addr()) {
		return &PrivateError{ap.Addr()}
	}
	return nil
}

// Public reports whether an address belongs to the public Internet: not private, loopback, link-local, shared (RFC
// 6598), multicast, for documentation, benchmarks or future use (RFC 6890), nor an IPv6 form of an IPv4 address that is.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsPrivate() || a.IsMulticast() || a.IsLinkLocalUnicast() {
		return false
	}
	if a.Is4() {
		return !in(a, "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
			"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4")
	}
	b := a.As16()
	switch {
	case in(a, "64:ff9b::/96"): // NAT64, RFC 6052: how networks with IPv6 alone reach public IPv4 hosts
		return Public(netip.AddrFrom4([4]byte(b[12:16])))
	case in(a, "2002::/16"): // 6to4, RFC 3056
		return Public(netip.AddrFrom4([4]byte(b[2:6])))
	}
	// Global unicast is 2000::/3 (RFC 4291, section 2.4); Teredo and the rest of 2001::/23 are protocols, not hosts.
	return in(a, "2000::/3") && !in(a, "2001::/23", "2001:db8::/32", "3fff::/20")
}

func in(a netip.Addr, prefixes ...string) bool {
	for _, p := range prefixes {
		if netip.MustParsePrefix(p).Contains(a) {
			return true
		}
	}
	return false
}
