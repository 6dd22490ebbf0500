package event

import (
	"strconv"
	"time"
)

// The headers of decisions and of public posts: comparing reads these only.
const (
	HeaderNumber   = "Carillon-Number"
	HeaderKind     = "Carillon-Kind"
	HeaderTime     = "Carillon-Time"
	HeaderPublic   = "Carillon-Public" // the number of the last public decision, this one included; 0: none
	HeaderRevision = "Carillon-Revision"
	HeaderRelease  = "Carillon-Release" // of a scheduled decision: the time as it was said
	HeaderZone     = "Carillon-Zone"    // and the zone of a local one
)

const (
	headerContentType = "Content-Type"
	contentType       = "application/protobuf"
)

// DecisionHeader is the header of a decision.
func DecisionHeader(d *Decision, public uint64) map[string]string {
	h := map[string]string{
		HeaderNumber: strconv.FormatUint(d.Number, 10), HeaderKind: string(d.Kind),
		HeaderTime: d.Time.UTC().Format(time.RFC3339Nano), HeaderPublic: strconv.FormatUint(public, 10),
		HeaderRevision: strconv.Itoa(d.Post.Revision), headerContentType: contentType,
	}
	if d.Kind == Scheduled {
		h[HeaderRelease], h[HeaderZone] = d.Release.Time, d.Release.Zone
	}
	return h
}

// PublicHeader is the header of what the public may know.
func PublicHeader(p *PublicPost) map[string]string {
	return map[string]string{HeaderNumber: strconv.FormatUint(p.Number, 10), headerContentType: contentType}
}
