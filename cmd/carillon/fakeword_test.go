package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// What the fake does with a person's word; what becomes of it in the ledger is tested with the real service.

func (f *fakeDesk) ResolveDelivery(_ context.Context, req *carillonv1.ResolveDeliveryRequest) (*carillonv1.ResolveDeliveryResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range f.of(req.GetSlug()) {
		if d.GetChannel() == req.GetChannel() && d.GetState() == event.Uncertain.Proto() {
			d.State, d.Reason, d.Link = event.Waiting.Proto(), "admin found it there", req.GetThere()
			return proto.CloneOf(&carillonv1.ResolveDeliveryResponse{Delivery: d}), nil
		}
	}
	return nil, connect.NewError(connect.CodeFailedPrecondition, fmt.Errorf("there is nothing to resolve: %s (en) on %s is delivered, not uncertain", req.GetSlug(), req.GetChannel()))
}

func (f *fakeDesk) RetryDeliveries(_ context.Context, req *carillonv1.RetryDeliveriesRequest) (*carillonv1.RetryDeliveriesResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer := &carillonv1.RetryDeliveriesResponse{}
	for _, d := range f.of(req.GetSlug()) {
		if state := event.DeliveryStateFromProto(d.GetState()); state == event.Rejected {
			d.State = event.Waiting.Proto()
			answer.Deliveries = append(answer.Deliveries, d)
		} else {
			answer.Untouched = append(answer.Untouched, &carillonv1.UntouchedDelivery{Channel: d.GetChannel(), Language: d.GetLanguage(), Reason: string(state)})
		}
	}
	return proto.CloneOf(answer), nil
}

func (f *fakeDesk) SendPost(_ context.Context, req *carillonv1.SendPostRequest) (*carillonv1.SendPostResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	post, err := f.current(req.GetSlug())
	if err != nil {
		return nil, err
	}
	answer := &carillonv1.SendPostResponse{}
	for _, e := range post.GetEditions() {
		if len(req.GetLanguages()) == 0 || slices.Contains(req.GetLanguages(), e.GetLanguage()) {
			answer.Deliveries = append(answer.Deliveries, &carillonv1.DeliveryStatus{
				Post: post.GetSlug(), Channel: req.GetChannel(), Language: e.GetLanguage(), State: event.Waiting.Proto(), Reason: "admin asked for it", Time: fakeTime(),
			})
		}
	}
	return answer, nil
}

func (f *fakeDesk) PauseChannels(_ context.Context, req *carillonv1.PauseChannelsRequest) (*carillonv1.PauseChannelsResponse, error) {
	list, err := f.pause(req.GetChannels(), req.GetAll(), true)
	return &carillonv1.PauseChannelsResponse{Channels: list}, err
}

func (f *fakeDesk) ResumeChannels(_ context.Context, req *carillonv1.ResumeChannelsRequest) (*carillonv1.ResumeChannelsResponse, error) {
	list, err := f.pause(req.GetChannels(), req.GetAll(), false)
	return &carillonv1.ResumeChannelsResponse{Channels: list}, err
}

func (f *fakeDesk) pause(names []string, all, paused bool) ([]*carillonv1.ChannelPause, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := []string{"mastodon-demo", "slack-demo", "slack-staff"}
	if all {
		names = known
	}
	var list []*carillonv1.ChannelPause
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, connect.NewError(connect.CodeInvalidArgument, errors.New("channel: \""+name+"\" is not configured"))
		}
		one := &carillonv1.ChannelPause{Channel: name, Changed: (f.pauses[name] != nil) != paused}
		if one.Changed && paused {
			f.pauses[name] = &carillonv1.Pause{Time: fakeTime(), By: "admin"}
		} else if one.Changed {
			delete(f.pauses, name)
		}
		one.Pause = f.pauses[name]
		list = append(list, one)
	}
	return list, nil
}
