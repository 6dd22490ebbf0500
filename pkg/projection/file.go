package projection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// maxReaders is how many questions are answered at the same time; more wait.
const maxReaders = 8

// busyMillis is how long a statement waits for a lock that another process holds, a copy being taken for instance.
const busyMillis = 5000

// checkpoints are part of every file: how far each stream has been read, and which stream that was.
const checkpoints = `
CREATE TABLE checkpoint (
	stream   TEXT PRIMARY KEY,
	position INTEGER NOT NULL, -- of the last message that was applied
	at       INTEGER NOT NULL, -- its time, in nanoseconds since 1970
	created  INTEGER NOT NULL  -- when the stream was made, likewise
) STRICT`

// Schema is what a user of the package keeps in a file.
type Schema struct {
	// SQL makes the tables. Changing it makes every file of an earlier text obsolete.
	SQL string
	// Version is raised when the same tables come to be filled differently.
	Version int
}

// fingerprint tells files of this schema from all others. It stands in the file's user_version, which has 32 bits.
func (s Schema) fingerprint() int32 {
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%s\x00%s\x00%d", checkpoints, s.SQL, s.Version)
	return int32(h.Sum32())
}

// file is an open SQLite file: one connection that writes, and some that read.
type file struct {
	writer  *sql.DB
	readers *sql.DB
	closed  chan struct{} // closed when the file is replaced by another
}

// errObsolete says that a file is well but of another schema.
var errObsolete = errors.New("it was made by another version of the program")

// openFile opens a file, or makes it.
func openFile(path string, schema Schema) (*file, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the projection: %w", err)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		// Somebody deleted the file alone; its journal belongs to nothing any more.
		if err := removeFile(path); err != nil {
			return nil, err
		}
	}
	writer, err := database(path, "_txlock=immediate")
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	if err := prepare(writer, schema); err != nil {
		_ = writer.Close()
		return nil, fmt.Errorf("open the projection %s: %w", path, err)
	}
	readers, err := database(path, "_pragma=query_only(1)")
	if err != nil {
		_ = writer.Close()
		return nil, err
	}
	readers.SetMaxOpenConns(maxReaders)
	readers.SetMaxIdleConns(maxReaders)
	return &file{writer: writer, readers: readers, closed: make(chan struct{})}, nil
}

// database describes connections to a file. What is in the write-ahead log survives the end of the process; a power cut
// may cost the last transactions, never the file's sense, and the log has them.
func database(path, option string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the projection: %w", err)
	}
	u := url.URL{
		Scheme: "file", Path: filepath.ToSlash(absolute),
		RawQuery: fmt.Sprintf("_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&%s", busyMillis, option),
	}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, fmt.Errorf("open the projection %s: %w", path, err)
	}
	return db, nil
}

// prepare makes the tables of an empty file and checks those of another.
func prepare(writer *sql.DB, schema Schema) (err error) {
	ctx := context.Background()
	tx, err := writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	var version int32
	var tables int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if tables > 0 {
		if version != schema.fingerprint() {
			return errObsolete
		}
		return tx.Commit()
	}
	// A pragma takes no parameters.
	for _, statement := range []string{checkpoints, schema.SQL, fmt.Sprintf("PRAGMA user_version = %d", schema.fingerprint())} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// close closes all connections. What they say is of no interest: nothing is lost that the log does not have.
func (f *file) close() {
	close(f.closed)
	_ = f.readers.Close()
	_ = f.writer.Close()
}

// removeFile removes a file and its journal.
func removeFile(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the projection: %w", err)
		}
	}
	return nil
}

// damaged reports whether SQLite finds that a file is not what it wrote.
func damaged(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff { // the primary result code
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT:
		return true
	}
	return false
}
