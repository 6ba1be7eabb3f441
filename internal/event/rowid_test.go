package event

import "testing"

func TestSetRowID(t *testing.T) {
	var b Batch
	ids := []ID{{BlockID{1}, 7}, {BlockID{1}, 8}, {BlockID{1}, 3}, {BlockID{2}, 4}, {BlockID{2}, 5}, {BlockID{1}, 9}}
	for i, id := range ids {
		b.Begin(nil, 1)
		b.SetRowID(ID{BlockID{9}, uint32(i)})
		b.Cancel()
		b.Begin(nil, 1)
		b.SetRowID(id)
		b.End()
	}
	for i, id := range ids {
		if got := b.Event(i).ID(); got != id {
			t.Errorf("row %d: %v, want %v", i, got, id)
		}
	}
}
