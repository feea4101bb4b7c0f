package main

import (
	"sync"
	"time"
)

// turns gives requests their time to begin, where a run has a pace. What came too late is not caught up on: a burst would be another load.
type turns struct {
	lock sync.Mutex
	next time.Time
}

func (t *turns) take(apart time.Duration) time.Time {
	t.lock.Lock()
	defer t.lock.Unlock()
	turn := t.next
	if now := time.Now(); turn.Before(now) {
		turn = now
	}
	t.next = turn.Add(apart)
	return turn
}
