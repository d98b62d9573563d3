package audit

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
)

// Who records while the log closes is answered, and finds in the log what was said to be there.
func TestRecord_besideClose(t *testing.T) {
	for range 20 {
		h := newHouse(t)
		l := h.open("one")
		var recorded atomic.Int64
		var callers sync.WaitGroup
		begun := make(chan struct{}, 64)
		for i := range 64 {
			callers.Go(func() {
				for n := 0; ; n++ {
					if err := l.Record(t.Context(), look(i)); err != nil {
						if !model.Is(err, model.CodeAuditUnavailable) {
							t.Errorf("refused with %v", err)
						}
						return
					}
					recorded.Add(1)
					if n == 0 {
						begun <- struct{}{}
					}
				}
			})
		}
		<-begun
		require.NoError(t, l.Close(t.Context()))
		callers.Wait()
		require.Equal(t, recorded.Load(), h.requireSound().Origins[0].Size)
	}
}
