package event

import (
	"carillon.example/pkg/carillon"
	carillonv1 "carillon.example/proto/carillon/v1"
)

func noticeToProto(n *carillon.Notice) *carillonv1.Notice {
	if n == nil {
		return nil
	}
	return &carillonv1.Notice{Time: timestamp(n.Time), Title: n.Title, Text: n.Text, Commands: n.Commands}
}

func noticeFromProto(m *carillonv1.Notice) *carillon.Notice {
	if m == nil {
		return nil
	}
	return &carillon.Notice{Time: instant(m.GetTime()), Title: m.GetTitle(), Text: m.GetText(), Commands: m.GetCommands()}
}
