package gen

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// API is the product's search API.
type API struct {
	URL    string // http://host:port
	Client *http.Client
}

// page is how many events are asked for at once, the most that the API gives.
const page = 10000

// Stored gives every stored event of the run, decoys among them, to v.
func (a API) Stored(ctx context.Context, run string, from time.Time, v *Verifier) error {
	after := ""
	for {
		body, err := json.Marshal(map[string]any{
			"query": fmt.Sprintf("event.original contains %q", " run="+run+" "),
			"from":  from.UTC().Format(time.RFC3339Nano), "to": time.Now().Add(time.Hour).UTC().Format(time.RFC3339Nano),
			"limit": page, "order": "asc", "after": after, "fields": []string{"@timestamp", "event.id", "event.original"},
		})
		if err != nil {
			return err
		}
		text, err := a.do(ctx, "POST", "/api/v1/search", body)
		if err != nil {
			return err
		}
		rows, err := v.Rows(bytes.NewReader(text))
		if err != nil {
			return err
		}
		if rows < page {
			return nil
		}
		if after, err = placeOf(text); err != nil {
			return err
		}
	}
}

// placeOf gives the place of the last of some rows, where the next page goes on.
func placeOf(rows []byte) (string, error) {
	last := bytes.TrimSuffix(rows, []byte("\n"))
	last = last[bytes.LastIndexByte(last, '\n')+1:]
	var row struct {
		Time time.Time `json:"@timestamp"`
		ID   string    `json:"event.id"`
	}
	if err := json.Unmarshal(last, &row); err != nil {
		return "", fmt.Errorf("last row of a page: %w", err)
	}
	return fmt.Sprintf("%d.%s", row.Time.UnixNano(), row.ID), nil
}

// Alert is what bursts are recognised by.
type Alert struct {
	ID     string `json:"alert.id"`
	Rule   string `json:"rule.id"`
	Source string `json:"source.ip"`
	Count  int    `json:"count"`
}

// Alerts gives the newest alerts of ssh-brute-force since from.
func (a API) Alerts(ctx context.Context, from time.Time) ([]Alert, error) {
	v := url.Values{"rule": {"ssh-brute-force"}, "limit": {fmt.Sprint(page)}, "from": {from.UTC().Format(time.RFC3339Nano)}}
	text, err := a.do(ctx, "GET", "/api/v1/alerts?"+v.Encode(), nil)
	if err != nil {
		return nil, err
	}
	var out struct {
		Alerts []Alert `json:"alerts"`
	}
	return out.Alerts, json.Unmarshal(text, &out)
}

func (a API) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	client := a.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(bufio.NewReader(res.Body))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, res.Status, bytes.TrimSpace(text))
	}
	return text, err
}

// Bursts compares alerts with bursts: an address must have one alert, of all lines of its burst.
type Bursts struct{ Missing, Repeated, Partial, Other int }

// CompareBursts counts what is wrong with the alerts of a run's bursts.
func CompareBursts(d Decoys, bursts []int, alerts []Alert) (r Bursts) {
	ids := map[string]map[string]int{} // counts, by address and alert
	for _, a := range alerts {
		if ids[a.Source] == nil {
			ids[a.Source] = map[string]int{}
		}
		ids[a.Source][a.ID] = max(ids[a.Source][a.ID], a.Count)
	}
	for _, n := range bursts {
		got := ids[d.Address(n)]
		delete(ids, d.Address(n))
		r.Missing += max(0, 1-len(got))
		r.Repeated += max(0, len(got)-1)
		for _, count := range got {
			if count != BurstLines {
				r.Partial++
			}
		}
	}
	for _, got := range ids {
		r.Other += len(got)
	}
	return r
}
