package projection_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/event"
	"carillon.example/pkg/projection"
)

var said = projection.Schema{SQL: `CREATE TABLE said (position INTEGER, stream TEXT, words TEXT) STRICT`}

// recorder applies messages and remembers which it was given.
type recorder struct {
	mu   sync.Mutex
	seen []uint64
	fail error // given once
}

func (r *recorder) apply(stream string) projection.Apply {
	return func(ctx context.Context, tx *sql.Tx, batch []*bus.Message) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, m := range batch {
			r.seen = append(r.seen, m.Sequence)
			if _, err := tx.ExecContext(ctx, "INSERT INTO said VALUES (?, ?, ?)", m.Sequence, stream, string(m.Data)); err != nil {
				return err
			}
		}
		err := r.fail
		r.fail = nil
		return err
	}
}

func (r *recorder) positions() []uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]uint64(nil), r.seen...)
}

// lines is a log that tests read.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *lines) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func say(t *testing.T, b *bus.Bus, words ...string) {
	t.Helper()
	for _, w := range words {
		if _, err := b.Publish(t.Context(), bus.Publication{Subject: event.PostsSubject(w), Data: []byte(w)}); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t *testing.T, path string, schema projection.Schema, log *slog.Logger) *projection.Projection {
	t.Helper()
	p, err := projection.Open(path, schema, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// follow follows a stream in the background; the function returned ends it.
func follow(t *testing.T, p *projection.Projection, b *bus.Bus, stream string, apply projection.Apply) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Follow(ctx, b, stream, apply) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) && !errors.Is(err, projection.ErrClosed) {
				t.Errorf("following ended with %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline:
			t.Fatalf("after 20 s still not: %s", what)
		case <-tick.C:
		}
	}
}

func caughtUp(p *projection.Projection, stream string, position uint64) func() bool {
	return func() bool {
		progress := p.Progress(stream)
		return progress.CaughtUp && progress.Position == position
	}
}

func words(t *testing.T, p *projection.Projection) []string {
	t.Helper()
	var all []string
	err := p.Read(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(t.Context(), "SELECT words FROM said ORDER BY stream, position")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var w string
			if err := rows.Scan(&w); err != nil {
				return err
			}
			all = append(all, w)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func same[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRestartGoesOnAfterTheCheckpoint(t *testing.T) {
	b := bustest.Start(t)
	path := filepath.Join(t.TempDir(), "some folder", "odd ?#% name.db")
	say(t, b, "a", "b", "c")

	first := open(t, path, said, slog.New(slog.DiscardHandler))
	var before recorder
	stop := follow(t, first, b, event.PostsStream, before.apply(event.PostsStream))
	eventually(t, "three applied", caughtUp(first, event.PostsStream, 3))
	stop()
	first.Close()
	same(t, before.positions(), []uint64{1, 2, 3})

	say(t, b, "d", "e")
	second := open(t, path, said, slog.New(slog.DiscardHandler))
	var after recorder
	follow(t, second, b, event.PostsStream, after.apply(event.PostsStream))
	eventually(t, "five applied", caughtUp(second, event.PostsStream, 5))
	same(t, after.positions(), []uint64{4, 5})
	same(t, words(t, second), []string{"a", "b", "c", "d", "e"})
}

func TestRestartOfTheServerIsTheSameLog(t *testing.T) {
	dir := t.TempDir()
	var log lines
	p := open(t, filepath.Join(t.TempDir(), "p.db"), said, log.logger())
	var r recorder

	server := bustest.NewServerIn(t, dir)
	b := server.Connect(t)
	bustest.Ensure(t, b)
	say(t, b, "a", "b")
	stop := follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
	eventually(t, "two applied", caughtUp(p, event.PostsStream, 2))
	stop()
	b.Close()
	server.Stop()

	b = bustest.NewServerIn(t, dir).Connect(t)
	bustest.Ensure(t, b)
	say(t, b, "c")
	follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
	eventually(t, "three applied", caughtUp(p, event.PostsStream, 3))
	same(t, r.positions(), []uint64{1, 2, 3})
	if strings.Contains(log.String(), "removed") {
		t.Errorf("the file was made again:\n%s", log.String())
	}
}

func TestStreamThatIsNotMadeYetIsWaitedFor(t *testing.T) {
	b := bustest.NewServer(t).Connect(t)
	p := open(t, filepath.Join(t.TempDir(), "p.db"), said, slog.New(slog.DiscardHandler))
	var r recorder
	follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
	if p.Progress(event.PostsStream).CaughtUp {
		t.Error("caught up with a stream that is not there")
	}
	bustest.Ensure(t, b)
	eventually(t, "caught up with nothing", caughtUp(p, event.PostsStream, 0))
	say(t, b, "a")
	eventually(t, "one applied", caughtUp(p, event.PostsStream, 1))
}

func TestTwoStreamsKeepTheirOwnCheckpoints(t *testing.T) {
	b := bustest.Start(t)
	path := filepath.Join(t.TempDir(), "p.db")
	say(t, b, "a", "b")
	if _, err := b.Publish(t.Context(), bus.Publication{Subject: event.DeskSubject("a"), Data: []byte("desk")}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p := open(t, path, said, slog.New(slog.DiscardHandler))
		var r recorder
		stopPosts := follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
		stopDesk := follow(t, p, b, event.DeskStream, r.apply(event.DeskStream))
		eventually(t, "both applied", func() bool {
			return caughtUp(p, event.PostsStream, 2)() && caughtUp(p, event.DeskStream, 1)()
		})
		same(t, words(t, p), []string{"desk", "a", "b"})
		stopPosts()
		stopDesk()
		p.Close()
	}
}

func TestUselessFileIsMadeAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil  func(t *testing.T, path string)
		schema projection.Schema
		reason string
	}{
		"deleted":               {spoil: func(t *testing.T, path string) { remove(t, path) }, schema: said},
		"deleted, journal left": {spoil: deletedButJournal, schema: said},
		"not a database": {
			spoil: func(t *testing.T, path string) { write(t, path, bytes.Repeat([]byte("no database"), 1000)) }, schema: said,
			reason: "file is not a database",
		},
		"first page overwritten": {spoil: overwriteTables, schema: said, reason: "malformed"},
		"cut off":                {spoil: cutOff, schema: said, reason: "malformed"},
		"other version":          {schema: projection.Schema{SQL: said.SQL, Version: 1}, reason: "another version"},
		"other tables":           {schema: projection.Schema{SQL: said.SQL + `; CREATE TABLE more (a TEXT)`}, reason: "another version"},
	} {
		t.Run(name, func(t *testing.T) {
			b := bustest.Start(t)
			path := filepath.Join(t.TempDir(), "p.db")
			say(t, b, "a", "b", "c")
			var r recorder
			p := open(t, path, said, slog.New(slog.DiscardHandler))
			stop := follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
			eventually(t, "three applied", caughtUp(p, event.PostsStream, 3))
			stop()
			p.Close()
			if tt.spoil != nil {
				tt.spoil(t, path)
			}

			var log lines
			again := open(t, path, tt.schema, log.logger())
			follow(t, again, b, event.PostsStream, r.apply(event.PostsStream))
			eventually(t, "three applied again", caughtUp(again, event.PostsStream, 3))
			same(t, words(t, again), []string{"a", "b", "c"})
			same(t, r.positions(), []uint64{1, 2, 3, 1, 2, 3})
			if !strings.Contains(log.String(), tt.reason) {
				t.Errorf("the log does not say %q:\n%s", tt.reason, log.String())
			}
		})
	}
}

func TestFileOfAnotherLogIsMadeAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.db")
	for _, tt := range []struct {
		log    []string
		reason string
	}{
		{log: []string{"a", "b"}},
		{log: []string{"x", "y", "z"}, reason: "made from another stream POSTS"},
	} {
		b := bustest.Start(t)
		say(t, b, tt.log...)
		var log lines
		p := open(t, path, said, log.logger())
		var r recorder
		stop := follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
		eventually(t, "all applied", caughtUp(p, event.PostsStream, uint64(len(tt.log))))
		same(t, words(t, p), tt.log)
		stop()
		p.Close()
		if !strings.Contains(log.String(), tt.reason) {
			t.Errorf("the log does not say %q:\n%s", tt.reason, log.String())
		}
	}
}

// A restored log has the stream's name and its time, and other messages at the same positions.
func TestFileOfAnotherPastIsMadeAgain(t *testing.T) {
	for name, spoil := range map[string]string{
		"another message at the checkpoint": "UPDATE checkpoint SET at = at - 1",
		"a checkpoint beyond the end":       "UPDATE checkpoint SET position = 99",
	} {
		t.Run(name, func(t *testing.T) {
			b := bustest.Start(t)
			path := filepath.Join(t.TempDir(), "p.db")
			say(t, b, "a", "b")
			p := open(t, path, said, slog.New(slog.DiscardHandler))
			var r recorder
			stop := follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
			eventually(t, "all applied", caughtUp(p, event.PostsStream, 2))
			stop()
			p.Close()
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(t.Context(), spoil); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			p = open(t, path, said, slog.New(slog.DiscardHandler))
			follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
			eventually(t, "all applied again", func() bool { return len(r.positions()) == 4 && caughtUp(p, event.PostsStream, 2)() })
			same(t, words(t, p), []string{"a", "b"})
		})
	}
}

func TestFailedBatchLeavesNothingAndComesAgain(t *testing.T) {
	b := bustest.Start(t)
	say(t, b, "a", "b")
	p := open(t, filepath.Join(t.TempDir(), "p.db"), said, slog.New(slog.DiscardHandler))
	r := recorder{fail: errors.New("no space")}
	follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
	eventually(t, "two applied", caughtUp(p, event.PostsStream, 2))
	same(t, r.positions(), []uint64{1, 2, 1, 2})
	same(t, words(t, p), []string{"a", "b"})
}

func TestDamageFoundWhileRunningIsHealed(t *testing.T) {
	b := bustest.Start(t)
	path := filepath.Join(t.TempDir(), "p.db")
	for i := range 40 {
		say(t, b, fmt.Sprintf("word-%d", i))
	}
	var log lines
	p := open(t, path, said, log.logger())
	var r recorder
	follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
	eventually(t, "all applied", caughtUp(p, event.PostsStream, 40))

	// Damage the file under the open connections: what is still in the journal is moved to it first.
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	overwriteTables(t, path)

	said := 40
	eventually(t, "a question or a message has met the damage", func() bool {
		say(t, b, "more")
		said++
		_ = p.Read(t.Context(), func(tx *sql.Tx) error {
			var n int
			return tx.QueryRowContext(t.Context(), "SELECT count(*) FROM said").Scan(&n)
		})
		return strings.Contains(log.String(), "removed")
	})
	eventually(t, "all is applied again", caughtUp(p, event.PostsStream, uint64(said)))
	if n := len(words(t, p)); n != said {
		t.Errorf("%d rows of %d messages", n, said)
	}
}

func TestReaderChangesNothing(t *testing.T) {
	p := open(t, filepath.Join(t.TempDir(), "p.db"), said, slog.New(slog.DiscardHandler))
	err := p.Read(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), "INSERT INTO said VALUES (1, 'a', 'b')")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("a reader wrote: %v", err)
	}
}

func TestGenerationChangesWithTheRows(t *testing.T) {
	b := bustest.Start(t)
	p := open(t, filepath.Join(t.TempDir(), "p.db"), said, slog.New(slog.DiscardHandler))
	var r recorder
	follow(t, p, b, event.PostsStream, r.apply(event.PostsStream))
	eventually(t, "caught up", caughtUp(p, event.PostsStream, 0))
	before := p.Generation()
	say(t, b, "a")
	eventually(t, "one applied", caughtUp(p, event.PostsStream, 1))
	eventually(t, "another generation", func() bool { return p.Generation() > before })
}

func TestTwoProcessesShareAFile(t *testing.T) {
	b := bustest.Start(t)
	path := filepath.Join(t.TempDir(), "p.db")
	one, two := open(t, path, said, slog.New(slog.DiscardHandler)), open(t, path, said, slog.New(slog.DiscardHandler))
	var r recorder
	follow(t, one, b, event.PostsStream, r.apply(event.PostsStream))
	follow(t, two, b, event.PostsStream, r.apply(event.PostsStream))
	want := make([]string, 50)
	for i := range want {
		want[i] = fmt.Sprintf("word-%d", i)
		say(t, b, want[i])
	}
	eventually(t, "both are there", func() bool {
		return caughtUp(one, event.PostsStream, 50)() && caughtUp(two, event.PostsStream, 50)()
	})
	same(t, words(t, one), want)
	same(t, words(t, two), want)
}

func TestFolderThatCannotBeMadeIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, []byte("in the way"))
	if _, err := projection.Open(filepath.Join(file, "p.db"), said, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("opened a projection beneath a file")
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func deletedButJournal(t *testing.T, path string) {
	t.Helper()
	remove(t, path)
	write(t, path+"-wal", bytes.Repeat([]byte{0x37}, 8192))
}

// overwriteTables destroys the list of tables and leaves the head, by which a file is known.
func overwriteTables(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xff}, 3*4096-100), 100); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func cutOff(t *testing.T, path string) {
	t.Helper()
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
}
