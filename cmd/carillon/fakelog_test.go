package main

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	carillonv1 "carillon.example/proto/carillon/v1"
)

// fakeDecisions are what the fake's desk has to say of who decided what, the last first.
func fakeDecisions() []*carillonv1.DecisionRecord {
	at := func(minutes int) *timestamppb.Timestamp {
		return timestamppb.New(fakeTime().AsTime().Add(time.Duration(minutes) * time.Minute))
	}
	nine := &carillonv1.Moment{Time: "2026-03-03T09:00", Zone: "Asia/Almaty"}
	return []*carillonv1.DecisionRecord{
		{Post: "water-day", Number: 5, Kind: carillonv1.DecisionKind_DECISION_KIND_WITHDRAWN, Time: at(5000), By: "admin", ById: "admin", Revision: 3, BasedOn: 2},
		{Post: "water-day", Number: 4, Kind: carillonv1.DecisionKind_DECISION_KIND_RELEASED, Time: at(1110), Revision: 2, BasedOn: 2, Release: nine},
		{Post: "water-day", Number: 3, Kind: carillonv1.DecisionKind_DECISION_KIND_SCHEDULED, Time: at(30), By: "press-desk", ById: "4f1c09aa", Revision: 2, BasedOn: 2, Release: nine},
		{Post: "water-day", Number: 2, Kind: carillonv1.DecisionKind_DECISION_KIND_HELD, Time: at(20), By: "press-desk", ById: "4f1c09aa", Revision: 2, BasedOn: 1, Release: nine, Reason: "the minister's <office> calls back"},
		{Post: "call", Number: 1, Kind: carillonv1.DecisionKind_DECISION_KIND_RELEASED, Time: at(10), By: "press-desk", ById: "4f1c09aa", Revision: 1},
		{Post: "water-day", Number: 1, Kind: carillonv1.DecisionKind_DECISION_KIND_SAVED, Time: at(0), By: "intern", ById: "b2d7e410", Revision: 1},
	}
}

func (f *fakeDesk) ListDecisions(_ context.Context, req *carillonv1.ListDecisionsRequest) (*carillonv1.ListDecisionsResponse, error) {
	var all []*carillonv1.DecisionRecord
	for _, one := range fakeDecisions() {
		if req.GetSlug() == "" || one.GetPost() == req.GetSlug() {
			all = append(all, one)
		}
	}
	if len(all) == 0 {
		f.mu.Lock()
		defer f.mu.Unlock()
		_, err := f.current(req.GetSlug())
		return &carillonv1.ListDecisionsResponse{}, err
	}
	from, to, next := page(req.GetPageToken(), req.GetPageSize(), len(all))
	return proto.CloneOf(&carillonv1.ListDecisionsResponse{Decisions: all[from:to], NextPageToken: next}), nil
}
