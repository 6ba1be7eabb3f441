package hunt

import "context"

// Progress is how far a hunt is.
type Progress struct {
	Rows    uint64 `json:"read_rows"`
	Total   uint64 `json:"total_rows"` // as far as the engine knows, 0 if it does not
	Bytes   uint64 `json:"read_bytes"`
	Elapsed int64  `json:"elapsed_ms"`
}

type progressKey struct{}

// WithProgress lets whoever runs a hunt under ctx tell how far it is. f is called by one goroutine at a time, which is another than the caller's.
func WithProgress(ctx context.Context, f func(Progress)) context.Context {
	return context.WithValue(ctx, progressKey{}, f)
}

// ProgressOf gives what WithProgress left in ctx, or nil.
func ProgressOf(ctx context.Context) func(Progress) {
	f, _ := ctx.Value(progressKey{}).(func(Progress))
	return f
}
