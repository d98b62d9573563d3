// Package benchload is the load generator of xinyi bench. It runs in a process of its
// own, so that its CPU time is not counted as the server's.
//
//	requests.go   the file of pre-built raw requests
//	answer.go     reads an answer: status and length, nothing else
//	schedule.go   when to send: as fast as answers come, or at a fixed rate
//	latency.go    a log-linear histogram
//	run.go        one phase: N keep-alive connections, bounded in time and count
//	loop.go       sends what is due and reads what has come, all in one goroutine
//	socket*.go    connections and the wait for them, on Linux only
//	child.go      the line protocol between the bench and this process
//
// At a fixed rate latency counts from the instant a request was meant to be sent, so a
// stalled server is not spared the requests it kept waiting.
package benchload
