package mongo

import (
	"context"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/event"
)

type counters struct {
	commands_, failed, micros, bytes                          atomic.Int64
	connections                                               atomic.Int64
	transactions, transactionRetries, batchRetries, clockSkew atomic.Int64
}

func (c *counters) commands() *event.CommandMonitor {
	return &event.CommandMonitor{
		Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) {
			c.commands_.Add(1)
			c.micros.Add(e.Duration.Microseconds())
			c.bytes.Add(int64(len(e.Reply)))
		},
		Failed: func(_ context.Context, e *event.CommandFailedEvent) {
			c.commands_.Add(1)
			c.failed.Add(1)
			c.micros.Add(e.Duration.Microseconds())
		},
	}
}

func (c *counters) pool() *event.PoolMonitor {
	return &event.PoolMonitor{Event: func(e *event.PoolEvent) {
		switch e.Type {
		case event.ConnectionCreated:
			c.connections.Add(1)
		case event.ConnectionClosed:
			c.connections.Add(-1)
		}
	}}
}

// Stats gives counters since Open: commands, commands_failed, command_micros (sum of
// durations), reply_bytes, transactions, transaction_retries (attempts after the first),
// batch_retries (went round on a race); and now: connections, clock_skew_millis (server
// minus ours, at Open).
func (d *Driver) Stats() map[string]int64 {
	c := &d.counts
	return map[string]int64{
		"commands": c.commands_.Load(), "commands_failed": c.failed.Load(), "command_micros": c.micros.Load(),
		"reply_bytes": c.bytes.Load(), "connections": c.connections.Load(),
		"transactions": c.transactions.Load(), "transaction_retries": c.transactionRetries.Load(),
		"batch_retries": c.batchRetries.Load(), "clock_skew_millis": c.clockSkew.Load(),
	}
}
