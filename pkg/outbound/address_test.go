package outbound_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"carillon.example/pkg/outbound"
)

func TestPrivateAddressesAreRefusedUnlessConfigured(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	byName := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	tests := []struct {
		name    string
		allowed []string
		url     string
		ok      bool
	}{
		{"nothing configured", nil, s.URL, false},
		{"another port configured", []string{"http://127.0.0.1:1"}, s.URL, false},
		{"the name configured, the address asked", []string{byName}, s.URL, false},
		{"a name that resolves to a private address", []string{s.URL}, byName, false},
		{"the address configured", []string{s.URL + "/some/path"}, s.URL, true},
		{"the name configured", []string{"HTTP://" + strings.ToUpper(strings.TrimPrefix(byName, "http://"))}, byName, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := outbound.New(outbound.Options{AllowPrivate: outbound.Configured(tt.allowed...)})
			_, err := do(t, c, http.MethodGet, tt.url, "")
			if tt.ok != (err == nil) {
				t.Fatalf("got error %v, want success %t", err, tt.ok)
			}
			var private *outbound.PrivateError
			if !tt.ok && !errors.As(err, &private) {
				t.Errorf("got %v, want PrivateError", err)
			}
		})
	}
}

func TestRedirectDoesNotReachAPrivateAddress(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the private address was asked") }))
	defer inside.Close()
	s := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusFound))
	defer s.Close()
	if _, err := do(t, forServer(s, outbound.Options{}), http.MethodGet, s.URL, ""); err == nil {
		t.Error("a redirect to a private address was followed")
	}
}

func TestConfiguredAddsTheSchemesPort(t *testing.T) {
	allowed := outbound.Configured("https://Social.example.org/api", "http://[::1]", "://broken", "relative/path")
	for hostport, want := range map[string]bool{
		"social.example.org:443": true, "SOCIAL.example.org:443": true, "social.example.org:80": false,
		"[::1]:80": true, ":": false, "": false, "example.org:443": false,
	} {
		if got := allowed(hostport); got != want {
			t.Errorf("allowed(%q) = %t, want %t", hostport, got, want)
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "193.0.6.139": true, "2606:4700::1111": true, "64:ff9b::808:808": true, "2002:808:808::1": true,
		"::ffff:8.8.8.8": true,

		"127.0.0.1": false, "127.9.9.9": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false, "0.0.0.0": false,
		"0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "192.0.0.8": false,
		"192.0.2.1": false, "198.18.0.1": false, "198.51.100.7": false, "203.0.113.7": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false,
		"ff02::1": false, "fec0::1": false, "2001:db8::1": false, "2001::1": false, "100::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::7f00:1": false, "64:ff9b::a00:1": false,
		"64:ff9b:1::1": false, "2002:7f00:1::": false, "2002:c0a8:101::1": false,
	} {
		if got := outbound.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("Public(%s) = %t, want %t", address, got, want)
		}
	}
	if outbound.Public(netip.Addr{}) {
		t.Error("no address at all counts as public")
	}
}
