package channeltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
)

func mediaTests() []named {
	return []named{
		{"PictureIsSeenWithItsDescription", pictureSeen},
		{"DescriptionIsEditedInPlace", descriptionEdited},
		{"LostUploadIsRetried", lostUpload},
		{"RefusedUploadSaysWhy", refusedUpload},
		{"PictureThatCannotBeReadIsRetried", unreadablePicture},
	}
}

const alt = "A well in a village"

func pictured(alt string) channel.Content {
	c := content(1)
	c.Post.Media = []carillon.Media{{Name: "well.png", Hash: strings.Repeat("ab", 32), Type: "image/png", Size: int64(len(picture())), Width: 4, Height: 3}}
	c.Post.Image = &carillon.Image{File: "well.png", FocusX: 0.5, FocusY: -0.25}
	c.Edition.ImageAlt = alt
	return c
}

func picture() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 3))) // a buffer takes everything
	return b.Bytes()
}

func upload(m channel.Medium) channel.Upload {
	return channel.Upload{Medium: m, Open: func(context.Context) (io.ReadCloser, int64, error) {
		return io.NopCloser(bytes.NewReader(picture())), int64(len(picture())), nil
	}}
}

// hand composes a content with a picture and hands the picture over.
func (r *rig) hand(alt string) channel.Attempt {
	r.Helper()
	a := r.compose(pictured(alt))
	if len(a.Part.Media) != 1 || a.Part.Media[0].Alt != alt {
		r.Fatalf("composed with the media %+v", a.Part.Media)
	}
	v := r.driver.uploader().Upload(r.Context(), upload(a.Part.Media[0]))
	r.want("upload", v, channel.Delivered, channel.Pending)
	id := v.Receipt
	for n := 0; v.Meaning == channel.Pending; n++ {
		if n == 10 {
			r.Fatal("the picture is never ready")
		}
		v = r.driver.uploader().Ready(r.Context(), id)
		r.want("ready", v, channel.Delivered, channel.Pending)
	}
	a.Media = id.IDs
	return a
}

func (r *rig) seesAlts(want ...string) {
	r.Helper()
	if diff := cmp.Diff(want, r.fake.Alts()); diff != "" {
		r.Fatalf("descriptions (-want +got):\n%s", diff)
	}
}

func pictureSeen(r *rig) {
	start, a := began(), r.hand(alt)
	v := r.driver.Create(r.Context(), a)
	r.want("create", v, channel.Delivered)
	r.sees(title(1))
	r.seesAlts(alt)
	found := r.driver.Find(r.Context(), a, start)
	r.want("find", found, channel.Delivered)
	r.sameReceipt(v, found)
	if again := r.driver.Create(r.Context(), a); r.idempotent && again.Meaning != channel.Delivered {
		r.Errorf("create again: got %q (%s)", again.Meaning, again.Reason)
	}
	if plain := r.attempt(1); plain.Part.Fingerprint() == a.Part.Fingerprint() {
		r.Error("with and without a picture it looks the same")
	}
	plain := r.attempt(1)
	r.want("edit without the picture", r.driver.Edit(r.Context(), v.Receipt, plain), channel.Delivered)
	r.seesAlts()
}

func descriptionEdited(r *rig) {
	a := r.hand(alt)
	v := r.driver.Create(r.Context(), a)
	r.want("create", v, channel.Delivered)
	b := r.compose(pictured("A deep well & a rope; 100%"))
	b.Media = a.Media
	if b.Part.Fingerprint() == a.Part.Fingerprint() {
		r.Error("another description looks the same")
	}
	edited := r.driver.Edit(r.Context(), v.Receipt, b)
	r.want("edit", edited, channel.Delivered)
	r.sameReceipt(v, edited)
	r.sees(title(1))
	r.seesAlts("A deep well & a rope; 100%")
}

func lostUpload(r *rig) {
	m := r.compose(pictured(alt)).Part.Media[0]
	for _, effect := range []fault.Effect{fault.DropBefore, fault.DropAfter} {
		r.fault(r.fake.Upload, fault.Fault{Effect: effect, Times: 1})
		r.want("upload with "+string(effect), r.driver.uploader().Upload(r.Context(), upload(m)), channel.Retry)
	}
	r.want("create", r.driver.Create(r.Context(), r.hand(alt)), channel.Delivered)
	r.seesAlts(alt)
}

func refusedUpload(r *rig) {
	m := r.compose(pictured(alt)).Part.Media[0]
	body := fmt.Sprintf(`{"error":"the token %s may not: This action is outside the authorized scopes"}`, r.fake.Secret)
	for status, meaning := range map[int]channel.Meaning{
		http.StatusUnprocessableEntity: channel.Rejected, http.StatusForbidden: channel.ChannelDown, http.StatusInternalServerError: channel.Retry,
	} {
		r.fake.Faults.Clear()
		r.fault(r.fake.Upload, fault.Fault{Effect: fault.Status, Status: status, Body: body, Times: 1})
		r.want(fmt.Sprintf("upload answered %d", status), r.driver.uploader().Upload(r.Context(), upload(m)), meaning)
	}
}

func unreadablePicture(r *rig) {
	u := upload(r.compose(pictured(alt)).Part.Media[0])
	u.Open = func(context.Context) (io.ReadCloser, int64, error) { return nil, 0, errors.New("no such file") }
	r.want("upload", r.driver.uploader().Upload(r.Context(), u), channel.Retry)
	u.Open = func(context.Context) (io.ReadCloser, int64, error) {
		return io.NopCloser(bytes.NewReader(picture()[:20])), int64(len(picture())), nil
	}
	r.want("upload of half a file", r.driver.uploader().Upload(r.Context(), u), channel.Retry)
	r.sees()
}
