package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	uploadRounds = 5
	uploadBytes  = 200 * 1000 * 1000
)

// upload measures how fast a file of 200 MB is kept for good, and how much memory the process needs more while it is.
func upload(ctx context.Context, binary string, r *report) error {
	o, err := startOffice(ctx, binary, quiet, "always")
	if err != nil {
		return err
	}
	defer o.stop()
	token, err := os.ReadFile(filepath.Join(o.dir, "data", "admin-token"))
	if err != nil {
		return err
	}
	var speeds, growths []float64
	for round := range uploadRounds {
		before, err := o.residentMB()
		if err != nil {
			return err
		}
		if err := o.forgetPeak(); err != nil {
			return err
		}
		began := time.Now()
		if err := o.sendFile(ctx, strings.TrimSpace(string(token)), uint64(round)); err != nil {
			return err
		}
		speeds = append(speeds, uploadBytes/1e6/time.Since(began).Seconds())
		peak, err := o.memoryMB("VmHWM")
		if err != nil {
			return err
		}
		growths = append(growths, peak-before)
	}
	r.add("upload_mb_per_s", median(speeds), "MB/s")
	// The first upload is the worst: the process has never needed the memory before.
	r.add("upload_200mb_memory_mb", percentile(growths, 1), "MB")
	return nil
}

// sendFile uploads a file that is different in each round, and is nowhere on disk.
func (o *office) sendFile(ctx context.Context, token string, round uint64) error {
	const head = "%PDF-1.7\n"
	noise := rand.NewChaCha8([32]byte{byte(round)})
	body := io.LimitReader(io.MultiReader(strings.NewReader(head), noise), uploadBytes)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.run.Staff+"/v1/media?name=report.pdf", body)
	if err != nil {
		return err
	}
	req.ContentLength = uploadBytes
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := (&http.Client{Transport: o.http.Transport}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	said, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(string(said))
	}
	if err != nil {
		return fmt.Errorf("upload a file: %w", err)
	}
	return nil
}

// forgetPeak makes the process's peak of memory what it has now.
func (o *office) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", o.cmd.Process.Pid), []byte("5"), 0o600)
}
