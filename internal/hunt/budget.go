package hunt

import (
	"errors"
	"fmt"
	"time"
)

// Budget bounds what one statement may take of the engine.
type Budget struct {
	Time    time.Duration `yaml:"time"`    // of one statement, in the engine
	Memory  int64         `yaml:"memory"`  // bytes
	Read    int64         `yaml:"read"`    // bytes, uncompressed
	Rows    int64         `yaml:"rows"`    // events to read; 0: as many as Read allows
	Threads int           `yaml:"threads"` // 0: as many as the engine takes
}

// DefaultBudget lets a hunt over some hundred million events through, and leaves the loader its memory.
var DefaultBudget = Budget{Time: 30 * time.Second, Memory: 512 << 20, Read: 200 << 30}

// PastBudget lets a rule be judged over some months: each statement finds the events of one day.
var PastBudget = Budget{Time: 10 * time.Minute, Memory: 512 << 20, Read: 200 << 30}

// Check reports every fault of b.
func (b Budget) Check() error {
	var errs []error
	if b.Time < time.Second || b.Time > time.Hour {
		errs = append(errs, fmt.Errorf("time: %s: want 1s to 1h", b.Time))
	}
	if b.Memory < 16<<20 {
		errs = append(errs, fmt.Errorf("memory: %d: want at least %d", b.Memory, 16<<20))
	}
	if b.Read < 1<<20 {
		errs = append(errs, fmt.Errorf("read: %d: want at least %d", b.Read, 1<<20))
	}
	if b.Rows < 0 {
		errs = append(errs, fmt.Errorf("rows: %d: want 0 or more", b.Rows))
	}
	if b.Threads < 0 || b.Threads > 1024 {
		errs = append(errs, fmt.Errorf("threads: %d: want 0 to 1024", b.Threads))
	}
	return errors.Join(errs...)
}

// Settings gives the budget as settings of ClickHouse. A statement over it fails; it gives no part of an answer unless the caller sets that.
func (b Budget) Settings() map[string]any {
	s := map[string]any{
		"max_execution_time":                 max(int(b.Time/time.Second), 1),
		"max_memory_usage":                   b.Memory,
		"max_bytes_to_read":                  b.Read,
		"timeout_overflow_mode":              "throw",
		"read_overflow_mode":                 "throw",
		"max_bytes_before_external_group_by": b.Memory / 2,
		"max_bytes_before_external_sort":     b.Memory / 2,
		// Of a page's many columns only the rows of the page are read.
		"query_plan_optimize_lazy_materialization":      1,
		"query_plan_max_limit_for_lazy_materialization": ExportRows,
		"readonly": 2,
	}
	if b.Rows > 0 {
		s["max_rows_to_read"] = b.Rows
	}
	if b.Threads > 0 {
		s["max_threads"] = b.Threads
	}
	return s
}
