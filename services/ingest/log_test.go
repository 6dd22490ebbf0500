package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/carillon"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// logged lists decisions, of one post or of all, a page after the other.
func (d *desk) logged(slug string, size uint32) []*carillonv1.DecisionRecord {
	d.t.Helper()
	var all []*carillonv1.DecisionRecord
	req := &carillonv1.ListDecisionsRequest{Slug: slug, PageSize: size}
	for {
		page, err := d.ListDecisions(d.t.Context(), req)
		if err != nil {
			d.t.Fatal(err)
		}
		if uint32(len(page.GetDecisions())) > size {
			d.t.Errorf("%d decisions on a page of %d", len(page.GetDecisions()), size)
		}
		all = append(all, page.GetDecisions()...)
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			return all
		}
	}
}

// said is a record as the tests compare it.
func said(records []*carillonv1.DecisionRecord) []string {
	var list []string
	for _, r := range records {
		kind := strings.ToLower(strings.TrimPrefix(r.GetKind().String(), "DECISION_KIND_"))
		list = append(list, fmt.Sprintf("%s %d %s %d from %d by %s", r.GetPost(), r.GetNumber(), kind, r.GetRevision(), r.GetBasedOn(), r.GetBy()))
	}
	return list
}

func TestLogSaysWhoDecidedWhat(t *testing.T) {
	server, dir := bustest.NewServer(t), t.TempDir()
	d := startDeskOn(t, server, dir)
	anna := d.client(d.mint(&carillonv1.CreateTokenRequest{Name: "anna", Role: author}))
	boris := d.client(d.mint(&carillonv1.CreateTokenRequest{Name: "boris", Role: editor}))
	ctx := t.Context()
	if _, err := anna.SavePost(ctx, &carillonv1.SavePostRequest{Post: post("a", edition("en", "Draft"))}); err != nil {
		t.Fatal(err)
	}
	if _, err := boris.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: post("b", edition("en", "Another"))}); err != nil {
		t.Fatal(err)
	}
	if _, err := boris.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: post("a", edition("en", "Final"))}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.WithdrawPost(ctx, &carillonv1.WithdrawPostRequest{Slug: "a"}); err != nil {
		t.Fatal(err)
	}
	ofA := []string{"a 3 withdrawn 3 from 2 by admin", "a 2 released 2 from 1 by boris", "a 1 saved 1 from 0 by anna"}
	all := []string{ofA[0], ofA[1], "b 1 released 1 from 0 by boris", ofA[2]}
	for _, size := range []uint32{1, 2, 3, 4, 50} {
		if diff := cmp.Diff(ofA, said(d.logged("a", size))); diff != "" {
			t.Errorf("of a, pages of %d (-want +got):\n%s", size, diff)
		}
		if diff := cmp.Diff(all, said(d.logged("", size))); diff != "" {
			t.Errorf("of all, pages of %d (-want +got):\n%s", size, diff)
		}
	}
	for _, r := range d.logged("", 50) {
		if want := d.listed(r.GetBy()).GetId(); r.GetById() != want || time.Since(r.GetTime().AsTime()) > within {
			t.Errorf("%s: by the token %q at %s, want %q", r.GetPost(), r.GetById(), r.GetTime().AsTime(), want)
		}
	}
	// Who is gone has still decided what he decided.
	if _, err := d.RevokeToken(ctx, &carillonv1.RevokeTokenRequest{Token: "boris"}); err != nil {
		t.Fatal(err)
	}
	d.stop()
	d = startDeskOn(t, server, dir)
	if diff := cmp.Diff(all, said(d.logged("", 50))); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
}

func TestLogSaysWhatCarillonDidByItself(t *testing.T) {
	d := startDesk(t)
	when := time.Now().Add(300 * time.Millisecond)
	d.schedule(post("a", edition("en", "Hello")), when)
	d.public("a", 2)
	for _, slug := range []string{"a", ""} {
		records := d.logged(slug, 50)
		if diff := cmp.Diff([]string{"a 2 released 1 from 1 by ", "a 1 scheduled 1 from 0 by admin"}, said(records)); diff != "" {
			t.Fatalf("decisions (-want +got):\n%s", diff)
		}
		if records[0].GetById() != "" || records[1].GetById() != "admin" {
			t.Errorf("by the tokens %q and %q", records[0].GetById(), records[1].GetById())
		}
		if got, want := records[1].GetRelease().GetTime(), carillon.At(when).Time; got != want {
			t.Errorf("to be released at %s, want %s", got, want)
		}
	}
}

func TestBadRequestsForTheLog(t *testing.T) {
	d := startDesk(t)
	for name, test := range map[string]struct {
		req  *carillonv1.ListDecisionsRequest
		want connect.Code
	}{
		"a post that is not there":     {&carillonv1.ListDecisionsRequest{Slug: "nowhere"}, connect.CodeNotFound},
		"a slug with a wildcard":       {&carillonv1.ListDecisionsRequest{Slug: "*"}, connect.CodeNotFound},
		"a page of nobody's":           {&carillonv1.ListDecisionsRequest{PageToken: "?"}, connect.CodeInvalidArgument},
		"a page that is no number":     {&carillonv1.ListDecisionsRequest{PageToken: "YQ"}, connect.CodeInvalidArgument},
		"a page of nobody's, one post": {&carillonv1.ListDecisionsRequest{Slug: "a", PageToken: "YQ"}, connect.CodeInvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.ListDecisions(t.Context(), test.req)
			wantCode(t, err, test.want)
		})
	}
	if records := d.logged("", 50); len(records) != 0 {
		t.Errorf("an empty desk has decisions: %v", records)
	}
}
