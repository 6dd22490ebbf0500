package ingest

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/office"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// PauseChannels implements the staff API. The pause stands in OFFICE, which deliver follows, so it outlives every process.
func (s *Service) PauseChannels(ctx context.Context, req *carillonv1.PauseChannelsRequest) (*carillonv1.PauseChannelsResponse, error) {
	list, err := s.setPauses(ctx, req.GetChannels(), req.GetAll(), true)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &carillonv1.PauseChannelsResponse{Channels: list}, nil
}

// ResumeChannels implements the staff API. A channel that is not paused is told as well: one that is down is tried at once.
func (s *Service) ResumeChannels(ctx context.Context, req *carillonv1.ResumeChannelsRequest) (*carillonv1.ResumeChannelsResponse, error) {
	list, err := s.setPauses(ctx, req.GetChannels(), req.GetAll(), false)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &carillonv1.ResumeChannelsResponse{Channels: list}, nil
}

func (s *Service) setPauses(ctx context.Context, names []string, all, paused bool) ([]*carillonv1.ChannelPause, error) {
	channels, err := s.named(names, all)
	if err != nil {
		return nil, err
	}
	var list []*carillonv1.ChannelPause
	for _, c := range channels {
		p, err := s.bucket.Pause(ctx, c.LedgerName())
		if err != nil {
			return nil, err
		}
		changed := p.Paused != paused
		if changed || !paused {
			p = bus.Pause{Paused: paused, Time: s.Now().UTC(), By: who(ctx)}
			if err := s.bucket.SetPause(ctx, c.LedgerName(), p); err != nil {
				return nil, err
			}
		}
		list = append(list, &carillonv1.ChannelPause{Channel: c.Name, Changed: changed, Pause: pauseToProto(p)})
	}
	return list, nil
}

// named are the channels a request is about: all of them are checked before anything changes.
func (s *Service) named(names []string, all bool) ([]*office.Channel, error) {
	switch {
	case all && len(names) > 0:
		return nil, invalid("channels", "are named, and all are meant: say one or the other")
	case !all && len(names) == 0:
		return nil, invalid("channels", "are missing: name one, or say that all are meant")
	}
	var channels []*office.Channel
	for _, name := range names {
		c, err := s.configured(name)
		if err != nil {
			return nil, err
		}
		channels = append(channels, c)
	}
	if all {
		for i := range s.Office.Channels {
			channels = append(channels, &s.Office.Channels[i])
		}
	}
	return channels, nil
}

// pauseToProto is nil for a channel that is not paused.
func pauseToProto(p bus.Pause) *carillonv1.Pause {
	if !p.Paused {
		return nil
	}
	return &carillonv1.Pause{Time: timestamppb.New(p.Time), By: p.By}
}
