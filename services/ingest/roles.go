package ingest

import (
	"fmt"
	"strings"

	"carillon.example/pkg/carillon"
	"carillon.example/proto/carillon/v1/carillonv1connect"
)

// right says which role a call needs at least, and what the call does, as people say it.
type right struct {
	least carillon.Role
	doing string
}

// rights are what there is to call, by path. This is the one place where roles are checked: a path that has no row here is
// refused to everybody. A row that ends in a slash is for what is right beneath it.
func rights() map[string]right {
	reading := right{carillon.Author, "reading"}
	return map[string]right{
		carillonv1connect.StaffServiceGetPostProcedure:        reading,
		carillonv1connect.StaffServiceListPostsProcedure:      reading,
		carillonv1connect.StaffServiceListDeliveriesProcedure: reading,
		carillonv1connect.StaffServiceListDecisionsProcedure:  reading,
		carillonv1connect.StaffServiceListChannelsProcedure:   reading,
		carillonv1connect.StaffServiceWatchPostProcedure:      reading,
		carillonv1connect.StaffServicePreviewPostProcedure:    {carillon.Author, "previewing a post"},
		carillonv1connect.StaffServiceSavePostProcedure:       {carillon.Author, "keeping a draft"},
		"/v1/media":  {carillon.Author, "uploading a file"}, // by plain HTTP
		"/v1/media/": reading,

		carillonv1connect.StaffServicePublishPostProcedure:     {carillon.Editor, "publishing a post"},
		carillonv1connect.StaffServiceReleasePostProcedure:     {carillon.Editor, "releasing a post"},
		carillonv1connect.StaffServiceHoldPostProcedure:        {carillon.Editor, "holding a post"},
		carillonv1connect.StaffServiceReschedulePostProcedure:  {carillon.Editor, "giving a post another time"},
		carillonv1connect.StaffServiceWithdrawPostProcedure:    {carillon.Editor, "withdrawing a post"},
		carillonv1connect.StaffServiceResolveDeliveryProcedure: {carillon.Editor, "resolving a delivery"},
		carillonv1connect.StaffServiceRetryDeliveriesProcedure: {carillon.Editor, "retrying deliveries"},
		carillonv1connect.StaffServiceSendPostProcedure:        {carillon.Editor, "sending a post"},
		carillonv1connect.StaffServicePauseChannelsProcedure:   {carillon.Editor, "pausing a channel"},
		carillonv1connect.StaffServiceResumeChannelsProcedure:  {carillon.Editor, "resuming a channel"},

		carillonv1connect.StaffServiceCreateTokenProcedure: {carillon.Administrator, "making a token"},
		carillonv1connect.StaffServiceListTokensProcedure:  {carillon.Administrator, "listing the tokens"},
		carillonv1connect.StaffServiceRevokeTokenProcedure: {carillon.Administrator, "revoking a token"},
	}
}

// rightTo finds the row of a path.
func (s *Service) rightTo(path string) (right, bool) {
	if r, ok := s.rights[path]; ok {
		return r, !strings.HasSuffix(path, "/")
	}
	r, ok := s.rights[path[:strings.LastIndexByte(path, '/')+1]]
	return r, ok
}

// refusal is the sentence for a token whose role is too small.
func (r right) refusal(t token) string {
	return fmt.Sprintf("%s needs the role %s, and the token %q has the role %s: ask %s", r.doing, r.least, t.Name, t.role(), holders(r.least))
}

// holders are those who may do what needs a role.
func holders(least carillon.Role) string {
	list := ""
	for _, role := range carillon.Roles() {
		if !role.Includes(least) {
			continue
		}
		if list != "" {
			list += " or "
		}
		list += "an " + string(role)
	}
	return list
}
