package deliver_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/mastodon"
	"carillon.example/pkg/channel/mastodon/fake"
	"carillon.example/pkg/event"
)

// store puts a picture of one colour into the media store, and returns it as a post names it.
func (w *world) store(name string, shade uint8) carillon.Media {
	w.t.Helper()
	m := image.NewGray(image.Rect(0, 0, 8, 6))
	m.SetGray(0, 0, color.Gray{Y: shade})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		w.t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	hash, size := hex.EncodeToString(sum[:]), int64(b.Len())
	store, err := w.bus.Media(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := store.Put(w.t.Context(), hash, nil, &b); err != nil {
		w.t.Fatal(err)
	}
	return carillon.Media{Name: name, Hash: hash, Type: "image/png", Size: size, Width: 8, Height: 6}
}

// releasePicture makes a post public that shows a picture.
func (w *world) releasePicture(slug string, m carillon.Media, alt string) {
	w.t.Helper()
	w.stage(slug, "One")
	p := w.posts[slug]
	p.Media, p.Image, p.Editions[0].ImageAlt = []carillon.Media{m}, &carillon.Image{File: m.Name, FocusX: 0.25, FocusY: -0.5}, alt
	w.put(slug)
}

// shown is the one picture that people see.
func (w *world) shown() fake.Medium {
	w.t.Helper()
	statuses := w.instance.Statuses()
	if len(statuses) != 1 || len(statuses[0].Media) != 1 {
		w.t.Fatalf("people see %+v, want one status with one picture", statuses)
	}
	return statuses[0].Media[0]
}

func TestPictureIsHandedOverWaitedForAndShown(t *testing.T) {
	w := newWorldOf(t, fake.Options{Processing: 2})
	w.deliver(quick)
	well := w.store("well.png", 1)
	w.releasePicture("a", well, "A well")
	w.await("the picture is being processed", func() bool {
		d := w.ledger("a")
		return d != nil && d.Verdict == string(channel.Pending) && d.State == event.Waiting && strings.Contains(d.Reason, "processing")
	})
	w.awaitState("a", event.Delivered, 1)
	if m := w.shown(); m.Description != "A well" || m.FocusX != 0.25 || m.FocusY != -0.5 || m.Size != well.Size {
		t.Errorf("people see %+v", m)
	}
	w.called(uploadCall, createCall)
	if d := w.ledger("a"); len(d.Uploads) != 0 || len(d.Shown.Parts[0].Media) != 1 || d.Shown.Parts[0].Media[0].Hash != well.Hash {
		t.Errorf("the ledger: %+v", d)
	}
}

func TestDescriptionIsCorrectedInPlace(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	well := w.store("well.png", 1)
	w.releasePicture("a", well, "A well")
	w.awaitState("a", event.Delivered, 1)
	id, status := w.shown().ID, w.instance.Statuses()[0].ID
	w.calls.take()
	w.releasePicture("a", well, "A deep well, with a rope")
	w.awaitState("a", event.Delivered, 2)
	w.called(editCall)
	if m := w.shown(); m.ID != id || m.Description != "A deep well, with a rope" || w.instance.Statuses()[0].ID != status {
		t.Errorf("people see %+v in %+v", m, w.instance.Statuses()[0])
	}

	// So is what stays in sight when it is cropped.
	w.stage("a", "One")
	w.posts["a"].Editions[0].ImageAlt, w.posts["a"].Image.FocusX = "A deep well, with a rope", -1
	w.put("a")
	w.awaitState("a", event.Delivered, 3)
	w.called(editCall)
	if m := w.shown(); m.ID != id || m.FocusX != -1 || m.FocusY != -0.5 || m.Description != "A deep well, with a rope" {
		t.Errorf("people see %+v", m)
	}
}

func TestPictureIsReplacedAndTakenAway(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.releasePicture("a", w.store("well.png", 1), "A well")
	w.awaitState("a", event.Delivered, 1)
	id, status := w.shown().ID, w.instance.Statuses()[0].ID
	w.calls.take()
	w.releasePicture("a", w.store("well.png", 2), "A well")
	w.awaitState("a", event.Delivered, 2)
	w.called(uploadCall, editCall)
	if m := w.shown(); m.ID == id || w.instance.Statuses()[0].ID != status {
		t.Errorf("people see %+v in %+v", m, w.instance.Statuses()[0])
	}
	w.posts["a"].Media, w.posts["a"].Image = nil, nil
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 3)
	w.called(editCall)
	if s := w.instance.Statuses()[0]; len(s.Media) != 0 || s.ID != status {
		t.Errorf("people see %+v", s)
	}
}

func TestPictureThatIsRefusedIsRejectedWithTheReason(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: uploadCall, Times: 1, Effect: fault.Status, Status: http.StatusUnprocessableEntity, Body: `{"error":"Validation failed: File content type is invalid"}`})
	w.deliver(quick)
	well := w.store("well.png", 1)
	w.releasePicture("a", well, "A well")
	w.awaitState("a", event.Rejected, 1)
	if got := w.ledger("a").Reason; got != "well.png: the server does not accept the picture (422: Validation failed: File content type is invalid)" {
		t.Errorf("reason: %s", got)
	}
	w.sees()
	w.releasePicture("a", well, "A well, corrected")
	w.awaitState("a", event.Delivered, 2)
	w.shown()
}

func TestPictureWhoseProcessingFailsIsRejected(t *testing.T) {
	w := newWorldOf(t, fake.Options{Processing: -1})
	w.fail(fault.Fault{Match: "GET /api/v1/media/*", Times: 1, Effect: fault.Status, Status: http.StatusUnprocessableEntity, Body: `{"error":"Error processing thumbnail"}`})
	w.deliver(quick)
	w.releasePicture("a", w.store("well.png", 1), "A well")
	w.awaitState("a", event.Rejected, 1)
	if got := w.ledger("a").Reason; !strings.Contains(got, "does not accept the picture (422: Error processing thumbnail)") {
		t.Errorf("reason: %s", got)
	}
}

func TestTokenThatMayNotUploadIsTold(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: uploadCall, Effect: fault.Status, Status: http.StatusForbidden, Body: `{"error":"This action is outside the authorized scopes"}`})
	w.deliver(quick)
	w.releasePicture("a", w.store("well.png", 1), "A well")
	w.awaitState("a", event.Waiting, 1)
	if d := w.ledger("a"); d.Verdict != string(channel.ChannelDown) || !strings.Contains(d.Reason, "write:media") {
		t.Errorf("ledger: %+v", d)
	}
	w.sees()
}

// A picture that is handed over and whose answer is lost is handed over again: nobody sees the first.
func TestLostUploadIsMadeAgain(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: uploadCall, Times: 1, Effect: fault.DropAfter})
	w.deliver(quick)
	w.releasePicture("a", w.store("well.png", 1), "A well")
	w.awaitState("a", event.Delivered, 1)
	w.shown()
	w.called(uploadCall, uploadCall, createCall)
}

// A lost create is found, or made again, with the picture that was handed over before it.
func TestLostCreateWithAPicture(t *testing.T) {
	for _, effect := range []fault.Effect{fault.DropAfter, fault.DropBefore} {
		t.Run(string(effect), func(t *testing.T) {
			w := newWorld(t)
			w.fail(fault.Fault{Match: createCall, Times: 1, Effect: effect})
			w.deliver(quick)
			well := w.store("well.png", 1)
			w.releasePicture("a", well, "A well")
			w.awaitState("a", event.Delivered, 1)
			w.shown()
			w.calls.take()
			w.releasePicture("a", well, "A deep well")
			w.awaitState("a", event.Delivered, 2)
			w.called(editCall)
			if m := w.shown(); m.Description != "A deep well" {
				t.Errorf("people see %+v", m)
			}
		})
	}
}

func TestPictureThatIsNotInTheStoreIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.releasePicture("a", carillon.Media{Name: "well.png", Hash: strings.Repeat("0", 64), Type: "image/png", Size: 9, Width: 8, Height: 6}, "A well")
	w.awaitState("a", event.Waiting, 1)
	if got := w.ledger("a").Reason; !strings.Contains(got, "the picture well.png cannot be read") {
		t.Errorf("reason: %s", got)
	}
	w.sees()
}

// The file goes out as it is read: a picture of the largest size costs little memory and no time-out of the client.
func TestLargePictureIsStreamed(t *testing.T) {
	w := newWorld(t)
	var most int64 = mastodon.DefaultMediaBytes - 1024
	// A picture with a long tail: what follows its end is nobody's business.
	head := w.store("head.png", 3)
	store, err := w.bus.Media(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first, size, err := store.Open(t.Context(), head.Hash)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(first)
	if err != nil {
		t.Fatal(err)
	}
	tail := io.LimitReader(zeros{}, most-size)
	large := carillon.Media{Name: "large.png", Hash: strings.Repeat("1", 64), Type: "image/png", Size: most, Width: 8, Height: 6}
	if err := store.Put(t.Context(), large.Hash, nil, io.MultiReader(bytes.NewReader(b), tail)); err != nil {
		t.Fatal(err)
	}
	w.deliver(quick)
	w.releasePicture("a", large, "A large well")
	w.awaitState("a", event.Delivered, 1)
	if m := w.shown(); m.Size != most {
		t.Errorf("the instance has %d bytes of %d", m.Size, most)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestNothingIsBegunAfterUntil(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.release("shown", "Shown in time")
	w.awaitState("shown", event.Delivered, 1)
	past := carillon.At(time.Now().Add(-time.Minute))
	w.stage("late", "Too late")
	w.posts["late"].Until = past
	w.put("late")
	w.awaitState("late", event.Rejected, 1)
	if got, want := w.ledger("late").Reason, "its time to be sent ended at "+past.String(); got != want {
		t.Errorf("reason: %s, want %s", got, want)
	}
	w.sees("Shown in time")

	// What is shown is corrected and taken back all the same.
	w.posts["shown"].Until = past
	w.release("shown", "Corrected")
	w.awaitState("shown", event.Delivered, 2)
	w.sees("Corrected")
	w.release("shown", "")
	w.awaitState("shown", event.DeliveryWithdrawn, 0)
	w.sees()

	// Another time counts at once, though nothing that readers see has changed.
	w.posts["late"].Until = carillon.At(time.Now().Add(time.Hour))
	w.numbers["late"]++
	w.put("late")
	w.awaitState("late", event.Delivered, 1)
	w.sees("Too late")
}
