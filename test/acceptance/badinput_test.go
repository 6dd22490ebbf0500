package acceptance_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// withFront is a file with some lines of front matter besides what every post needs; they begin on line 5.
func withFront(lines ...string) string {
	return "---\ntitle: A title\nkind: news\nlanguage: en\n" + strings.Join(lines, "\n") + "\n---\n\nWhat it says.\n"
}

// tinyPNG is a picture of one pixel.
var tinyPNG = pngOf(1, 1)

// pngOf is a PNG that says it has so many pixels, and has one.
func pngOf(width, height uint32) string {
	chunk := func(name, content string) string {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
		b = append(b, name+content...)
		return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
	}
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	var pixel bytes.Buffer
	w := zlib.NewWriter(&pixel)
	_, _ = w.Write([]byte{0, 127}) // a buffer takes everything
	_ = w.Close()
	return "\x89PNG\r\n\x1a\n" + chunk("IHDR", string(size)+"\x08\x00\x00\x00\x00") + chunk("IDAT", pixel.String()) + chunk("IEND", "")
}

// mistake is how a line of standard error begins, and what it has to say further on.
type mistake struct{ begins, says string }

func TestBadInputIsToldByLineAndPublishesNothing(t *testing.T) {
	t.Parallel()
	d := newDemonstration(t)
	d.greeted(t)
	known, followed, said := d.whole(t)
	before := d.staff().do(t, "list", "--json")
	write(t, d.dir, map[string]string{"good.en.md": withFront(), "good.ru.md": "---\ntitle: Название\n---\n\nТекст.\n"})
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []mistake
	}{
		{"broken YAML", map[string]string{"p.en.md": withFront("summary: [a, b")}, []mistake{{"p.en.md:5: ", "this is not YAML: "}}},
		{"colon in a value", map[string]string{"p.en.md": "---\ntitle: One: two\nkind: news\n---\nText.\n"}, []mistake{{"p.en.md:2: ", "in quotes"}}},
		{"unknown field", map[string]string{"p.en.md": withFront("sumary: x")}, []mistake{{"p.en.md:5: sumary: ", `did you mean "summary"?`}}},
		{"missing title", map[string]string{"p.en.md": "---\nkind: news\n---\nText.\n"}, []mistake{{"p.en.md:1: title: ", "is missing: write it"}}},
		{"language the site has not", map[string]string{"p.de.md": "---\ntitle: T\nkind: news\nlanguage: de\n---\nText.\n"}, []mistake{{"p.de.md:4: language: ", "is not a language of this site: one of en, fr"}}},
		{"language that is none", map[string]string{"p.md": "---\ntitle: T\nkind: news\nlanguage: English\n---\nText.\n"}, []mistake{{"p.md:4: language: ", "write a code such as en"}}},
		{"kind", map[string]string{"p.en.md": "---\ntitle: T\nkind: mesage\n---\nText.\n"}, []mistake{{"p.en.md:3: kind: ", `did you mean "message"?`}}},
		{"missing kind", map[string]string{"p.en.md": "---\ntitle: T\n---\nText.\n"}, []mistake{{"p.en.md:1: kind: ", "news"}}},
		{"time zone", map[string]string{"p.en.md": withFront("event: {start: 2027-03-01T10:00, timezone: Asia/Alma-Ata}")}, []mistake{{"p.en.md:5: event.timezone: ", "write an IANA name such as Asia/Almaty"}}},
		{"30 February", map[string]string{"p.en.md": withFront("date: 2027-02-30")}, []mistake{{"p.en.md:5: date: ", "check the month and the day"}}},
		{"event that ends before it starts", map[string]string{"p.en.md": withFront("event:", "  start: 2027-03-01T10:00", "  end: 2027-03-01T09:00")}, []mistake{{"p.en.md:7: event.end: ", "before the start, 2027-03-01T10:00: check both"}}},
		{"time that the clocks skip", map[string]string{"p.en.md": withFront("event:", "  start: 2027-03-28T02:30", "  timezone: Europe/Zurich")}, []mistake{{"p.en.md:6: event.start: ", "does not exist in Europe/Zurich"}}},
		{"missing attachment", map[string]string{"p.en.md": withFront("attachments:", "  - {file: files/report.pdf}")}, []mistake{{"p.en.md:6: attachments[0].file: ", "files/report.pdf"}}},
		{"release in a wrong year", map[string]string{"p.en.md": withFront("release: 2019-04-07T09:00")}, []mistake{{"p.en.md:5: release: ", "2019-04-07T09:00 Asia/Almaty is past: correct it, or give --now to release at once"}}},
		{"release in an hour that is left out", map[string]string{"p.en.md": withFront("release: 2027-03-28T02:30 Europe/Zurich")}, []mistake{{"p.en.md:5: release: ", "does not exist in Europe/Zurich"}}},
		{"until before the release", map[string]string{"p.en.md": withFront("release: 2050-04-07T09:00", "until: 2050-04-07T08:00")}, []mistake{{"p.en.md:6: until: ", "is not after the release"}}},
		{"image that is not there", map[string]string{"p.en.md": withFront("image: {file: x.jpg, alt: X}")}, []mistake{{"p.en.md:5: image.file: ", "x.jpg: there is no such file"}}},
		{"image without words", map[string]string{"x.png": tinyPNG, "p.en.md": withFront("image: {file: x.png}")}, []mistake{{"p.en.md:5: image.alt: ", "write what x.png shows"}}},
		{"picture without words", map[string]string{"x.png": tinyPNG, "p.en.md": withFront() + "\n![](x.png)\n"}, []mistake{{"p.en.md:10: body: ", "the picture x.png has no words"}}},
		{"image that lies about its type", map[string]string{"lie.jpg": tinyPNG, "p.en.md": withFront("image: {file: lie.jpg, alt: X}")}, []mistake{{"p.en.md:5: image.file: lie.jpg ", "is a PNG picture, not a JPEG picture as its name says"}}},
		{"a small PNG of a billion pixels", map[string]string{"bomb.png": pngOf(40_000, 25_000), "p.en.md": withFront() + "\n![A](bomb.png)\n"}, []mistake{{"p.en.md:10: body: bomb.png ", "has 40000 × 25000 pixels, the limit is 100 million"}}},
		{"a picture that is cut off", map[string]string{"half.png": tinyPNG[:60], "p.en.md": withFront("image: {file: half.png, alt: X}")}, []mistake{{"p.en.md:5: image.file: half.png ", "broken or cut off"}}},
		{"an attachment that lies about its type", map[string]string{"a.pdf": "Hello.", "p.en.md": withFront("attachments: [{file: a.pdf}]")}, []mistake{{"p.en.md:5: attachments[0].file: a.pdf ", "is a text file, not a PDF document"}}},
		{"a file of no accepted type", map[string]string{"a.exe": "MZ", "p.en.md": withFront("attachments: [{file: a.exe}]")}, []mistake{{"p.en.md:5: attachments[0].file: ", "a file that ends in .exe is not accepted"}}},
		{"several bad files", map[string]string{"lie.jpg": tinyPNG, "half.png": tinyPNG[:60], "p.en.md": withFront("image: {file: lie.jpg, alt: X}") + "\n![A](half.png)\n"}, []mistake{{"p.en.md:10: body: half.png ", "cut off"}, {"p.en.md:5: image.file: lie.jpg ", "is a PNG"}}},
		{"thread", map[string]string{"p.en.md": withFront("channels: {mastodon: {text: x, thread: long}}")}, []mistake{{"p.en.md:5: channels.mastodon.thread: ", "where true or false is wanted"}}},
		{"a thread part that is too long", map[string]string{"p.en.md": withFront("channels:", "  mastodon:", "    text: |", "      Short.", "", "      ---", "", "      "+strings.Repeat("long ", 120))}, []mistake{{"p.en.md:7: channels.mastodon.text: ", "part 2"}}},
		{"script in the body", map[string]string{"p.en.md": withFront() + "\nMore <script>alert(1)</script>\n"}, []mistake{{"p.en.md:10: body: ", "<script> is not allowed in a post: remove it"}}},
		{"invalid UTF-8", map[string]string{"p.en.md": withFront() + "\xff\n"}, []mistake{{"p.en.md:9: ", "save the file as UTF-8"}}},
		{"more than the limit", map[string]string{"p.en.md": withFront() + strings.Repeat("All work and no play. ", 25_000)}, []mistake{{"p.en.md:1: ", "is longer than 512 KiB, the limit: shorten it"}}},
		{"editions that are too much together", map[string]string{
			"p.en.md": withFront() + strings.Repeat("All work and no play. ", 15_000), "p.ru.md": "---\ntitle: T\n---\n\n" + strings.Repeat("All work and no play. ", 15_000),
		}, []mistake{{"p.en.md:", "512 KiB"}}},
		{"two stems with one slug", map[string]string{"p.en.md": withFront("slug: same"), "q.en.md": withFront("slug: same")}, []mistake{{"q.en.md:5: slug: ", `"same" is the slug of p.en.md, too: give one of them another slug`}}},
		{"a file that is not there", map[string]string{"nowhere.en.md": ""}, []mistake{{"nowhere.en.md: ", "there is no such file"}}},
		{"several mistakes in several files", map[string]string{
			"p.en.md": withFront("colour: red", "date: tomorrow"), "q.en.md": "---\ntitle: T\nkind: poem\n---\nText.\n",
		}, []mistake{{"p.en.md:5: colour: ", "remove it"}, {"p.en.md:6: date: ", "write it as 2019-04-07"}, {"q.en.md:3: kind: ", "write one of message, news"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"publish", "good.en.md", "good.ru.md"}
			for name, content := range tt.files {
				if strings.HasSuffix(name, ".md") {
					args = append(args, name)
				}
				if content != "" {
					write(t, d.dir, map[string]string{name: content})
				}
			}
			slices.Sort(args[3:])
			r := d.staff().try(t, args...)
			if r.code != 2 || r.stdout != "" {
				t.Errorf("exit code %d, want 2; standard output: %q", r.code, r.stdout)
			}
			lines := strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("%d lines, want %d:\n%s", len(lines), len(tt.want), r.stderr)
			}
			for i, line := range lines {
				if !strings.HasPrefix(line, tt.want[i].begins) || !strings.Contains(line, tt.want[i].says) {
					t.Errorf("said: %s\nwant it to begin with %q and to say %q", line, tt.want[i].begins, tt.want[i].says)
				}
			}
			if diff := gocmp.Diff(before, d.staff().do(t, "list", "--json")); diff != "" {
				t.Errorf("something was published (-before +after):\n%s", diff)
			}
		})
	}
	knownAfter, followedAfter, saidAfter := d.whole(t)
	if diff := gocmp.Diff(known, knownAfter) + gocmp.Diff(followed, followedAfter) + gocmp.Diff(said, saidAfter); diff != "" {
		t.Errorf("somebody outside noticed (-before +after):\n%s", diff)
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
