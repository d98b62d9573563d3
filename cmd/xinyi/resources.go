package main

import "xinyi/handlers"

// resources are the desks as HTTP sees them.
func (s *services) resources(p *platform) []handlers.Resource {
	return nil
}
