package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"carillon.example/pkg/channel/fault"
)

// sandboxURL is the variable that names a sandbox elsewhere.
const sandboxURL = "CARILLON_SANDBOX_URL"

// maxFaultAnswer is more than the list of all faults has, in bytes.
const maxFaultAnswer = 8 << 20

// sandboxClient controls the faults of a sandbox.
type sandboxClient struct {
	url  string
	http *http.Client
}

// sandboxClient finds the sandbox: by CARILLON_SANDBOX_URL, else in the data folder of the 'up' that runs on this machine.
func (a *app) sandboxClient() (*sandboxClient, error) {
	at := a.getenv(sandboxURL)
	if at == "" {
		dir := a.getenv("CARILLON_DATA_DIR")
		if dir == "" {
			dir = defaultDataDir
		}
		found, err := sandboxIn(dir)
		if err != nil {
			return nil, err
		}
		at = found
	}
	at, err := checkURL(at)
	if err != nil {
		return nil, usageError{errors.New(sandboxURL + " is not an address of a sandbox: write it as http://127.0.0.1:8083")}
	}
	return &sandboxClient{at, &http.Client{
		Timeout:       callTimeout,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// sandboxIn reads where the 'up' with this data folder has its sandbox.
func sandboxIn(dir string) (string, error) {
	const elsewhere = "; " + sandboxURL + " names a sandbox elsewhere, such as http://127.0.0.1:8083"
	path := filepath.Join(dir, runFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fail(exitUnreachable, "cannot reach a sandbox: no 'carillon up' is running with the data folder %s (it has no %s); CARILLON_DATA_DIR names another folder"+elsewhere, dir, runFile)
	}
	if err != nil {
		return "", fail(exitUnreachable, "cannot reach a sandbox: %w", err)
	}
	var info runInfo
	switch err := json.Unmarshal(b, &info); {
	case err != nil:
		return "", fail(exitUnreachable, "cannot reach a sandbox: %s cannot be read: start 'carillon up' again"+elsewhere, path)
	case info.Sandbox == "":
		return "", fail(exitUnreachable, "the Carillon that is running has no sandbox: 'carillon up --sandbox' starts it with one"+elsewhere)
	}
	return info.Sandbox, nil
}

// faults are those that wait, and how many requests suffer one right now.
type faults struct {
	list    []fault.Fault
	pending int
}

// call asks the control endpoint, which answers everything with the faults there are.
func (c *sandboxClient) call(ctx context.Context, method string, f *fault.Fault) (faults, error) {
	var body bytes.Buffer
	if f != nil {
		if err := json.NewEncoder(&body).Encode(f); err != nil {
			return faults{}, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+"/faults", &body)
	if err != nil {
		return faults{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "carillon/"+version)
	resp, err := c.http.Do(r)
	if err != nil {
		return faults{}, fail(exitUnreachable, "cannot reach a sandbox at %s: %w; is it running? %s names another", c.url, cause(err), sandboxURL)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxFaultAnswer))
	if err != nil {
		return faults{}, fail(exitUnreachable, "the sandbox at %s did not answer to the end: %w", c.url, cause(err))
	}
	if resp.StatusCode == http.StatusBadRequest && f != nil {
		return faults{}, usageError{errors.New(strings.TrimSpace(string(b)))}
	}
	var answer faults
	if resp.StatusCode != http.StatusOK || json.Unmarshal(b, &answer.list) != nil {
		return faults{}, fail(exitUnreachable, "what answers at %s is not a sandbox of Carillon, or an older one (%s); %s names another", c.url, status(resp), sandboxURL)
	}
	answer.pending, _ = strconv.Atoi(resp.Header.Get(fault.PendingHeader)) // an older one does not say
	return answer, nil
}

func status(resp *http.Response) string {
	return fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
}
