package event

import carillonv1 "carillon.example/proto/carillon/v1"

// shownToProto writes the first part where it has always stood, for whoever reads no others; the list of parts is written
// if it says more.
func shownToProto(s *Shown) *carillonv1.Shown {
	m := &carillonv1.Shown{Revision: uint32(s.Revision)}
	if len(s.Parts) == 0 {
		return m
	}
	first := s.Parts[0]
	m.Ids, m.Link, m.Fingerprint = first.IDs, first.Link, first.Fingerprint
	if len(s.Parts) == 1 && len(first.Media) == 0 {
		return m
	}
	for _, p := range s.Parts {
		m.Parts = append(m.Parts, &carillonv1.Part{Ids: p.IDs, Link: p.Link, Fingerprint: p.Fingerprint, Media: handedToProto(p.Media)})
	}
	return m
}

// shownFromProto reads what is shown. What was written before there were parts is one part.
func shownFromProto(m *carillonv1.Shown) *Shown {
	s := &Shown{Revision: int(m.GetRevision())}
	for _, p := range m.GetParts() {
		s.Parts = append(s.Parts, Part{IDs: p.GetIds(), Link: p.GetLink(), Fingerprint: p.GetFingerprint(), Media: handedFromProto(p.GetMedia())})
	}
	if len(s.Parts) == 0 {
		s.Parts = []Part{{IDs: m.GetIds(), Link: m.GetLink(), Fingerprint: m.GetFingerprint()}}
	}
	return s
}

func handedToProto(media []Medium) []*carillonv1.Medium {
	var list []*carillonv1.Medium
	for _, m := range media {
		list = append(list, &carillonv1.Medium{
			Id: m.ID, Hash: m.Hash, Alt: m.Alt, FocusX: m.FocusX, FocusY: m.FocusY, Pending: m.Pending, Time: timestamp(m.Time),
		})
	}
	return list
}

func handedFromProto(media []*carillonv1.Medium) []Medium {
	var list []Medium
	for _, m := range media {
		list = append(list, Medium{
			ID: m.GetId(), Hash: m.GetHash(), Alt: m.GetAlt(), FocusX: m.GetFocusX(), FocusY: m.GetFocusY(), Pending: m.GetPending(), Time: instant(m.GetTime()),
		})
	}
	return list
}
