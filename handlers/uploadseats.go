package handlers

import (
	"sync"
	"time"

	"xinyi/model"
)

// Bounds of the uploads that a process takes at once: each holds a file on disk that nobody
// sees.
const (
	maxUploads     = 8
	maxUnitUploads = 2
	// uploadTime is how long one may take in all, uploadAgain when to try again.
	uploadTime  = 30 * time.Minute
	uploadAgain = 10 * time.Second
)

// seats count the uploads that are under way.
type seats struct {
	mu    sync.Mutex
	all   int
	units map[string]int
}

// take gives a unit's upload a seat until leave; CodeRateLimited when there is none.
func (s *seats) take(p *model.Principal) (leave func(), err error) {
	unit := p.Unit
	if unit == "" {
		unit = p.ID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxUploads || s.units[unit] >= maxUnitUploads {
		return nil, &model.Error{Code: model.CodeRateLimited, RetryAfter: uploadAgain, Detail: "正在上传的文件已达上限，请等前面的文件传完后再提交。"}
	}
	if s.units == nil {
		s.units = map[string]int{}
	}
	s.all++
	s.units[unit]++
	return func() { s.leave(unit) }, nil
}

func (s *seats) leave(unit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.units[unit]--; s.units[unit] == 0 {
		delete(s.units, unit)
	}
}
