package handlers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"xinyi/handlers/contract"
	"xinyi/model"
)

// Handler answers one request or returns why not; it never does both.
type Handler func(c *gin.Context) error

// Router takes routes. Method and template (with :name) must stand in the contract.
type Router interface {
	Handle(method, template string, h Handler)
}

// Resource is one desk's handlers.
type Resource interface{ Mount(r Router) }

// Authenticator checks access tokens: CodeUnauthenticated or CodeTokenExpired.
type Authenticator interface {
	Authenticate(token string) (model.Principal, error)
}

// Decider says whether a role has a permission; unknown = no.
type Decider interface {
	Allowed(role model.Role, permission string) bool
}

// MACs signs what goes out and comes back (cursors). Macs stay good over key rotation
// and on every process.
type MACs interface {
	MAC(purpose string, data []byte) ([]byte, error)
	CheckMAC(purpose string, data, mac []byte) bool
}

// Options are what a server is made of. All are required unless said otherwise.
type Options struct {
	Contract []byte // api/openapi.yaml
	Tokens   Authenticator
	// Resolve completes a citizen whose token is older than the binding of the real name;
	// nil = tokens say all.
	Resolve func(ctx context.Context, p model.Principal) (model.Principal, error)
	Access  Decider
	Limits  Limiter
	// Answers and Sealer keep the answers of idempotent requests.
	Answers Answers
	Sealer  Sealer
	MACs    MACs
	Clock   model.Clock
	Log     *slog.Logger
	Metrics *Metrics
	// Ready are the checks of /readyz; none = always ready.
	Ready []Check
	// Proxies may say in X-Forwarded-For for whom they speak, and in X-Request-Id how
	// they call the request; none = nobody may.
	Proxies []netip.Prefix
	// MaxBody bounds a request body in bytes; 0 = 1 MiB.
	MaxBody int64
	// Spool gives a file for what is uploaded, without a name, so that it ends with the call;
	// nil = no uploads. MaxUpload bounds a file in bytes; 0 = 200 MiB.
	Spool     func() (*os.File, error)
	MaxUpload int64
	// Docs are the files of the reference page, Home those of the H5 (index.html is
	// "/"); a nil Home shows a plain page.
	Docs, Home fs.FS
	Resources  []Resource
}

// Server is the whole surface as one http.Handler. Safe for concurrent use.
type Server struct {
	Options
	contract *contract.Contract
	engine   *gin.Engine
	mounted  map[string]bool
	faults   []error
	files    map[string]*file
	flights  flights
	seats    seats
	unrouted *route
	calls    sync.Pool
	ids      *requestIDs
}

// New compiles the contract and mounts the resources. All faults are reported together.
func New(o Options) (*Server, error) {
	compiled, err := contract.Load(o.Contract)
	if err != nil {
		return nil, err
	}
	if missing := o.missing(); len(missing) > 0 {
		return nil, fmt.Errorf("handlers: missing %s", strings.Join(missing, ", "))
	}
	if o.MaxBody == 0 {
		o.MaxBody = 1 << 20
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = defaultMaxUpload
	}
	s := &Server{Options: o, contract: compiled, mounted: map[string]bool{}, files: map[string]*file{}, ids: newRequestIDs()}
	s.calls.New = func() any { return new(call) }
	s.flights.open = map[string]struct{}{}
	gin.SetMode(gin.ReleaseMode)
	s.engine = gin.New()
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	s.engine.RedirectFixedPath = false
	s.engine.ContextWithFallback = false
	s.unrouted = s.newRoute(&contract.Operation{ID: "unrouted", Path: "unrouted", Permission: publicPermission})
	s.engine.NoRoute(s.chain(s.unrouted, s.serveFile))
	s.engine.NoMethod(s.chain(s.unrouted, methodNotAllowed))
	for _, r := range append([]Resource{&system{server: s}}, o.Resources...) {
		r.Mount(s)
	}
	return s, errors.Join(s.faults...)
}

func (o *Options) missing() []string {
	var missing []string
	for _, dependency := range []struct {
		name string
		set  bool
	}{
		{"Tokens", o.Tokens != nil}, {"Access", o.Access != nil}, {"Limits", o.Limits != nil},
		{"Answers", o.Answers != nil}, {"Sealer", o.Sealer != nil}, {"MACs", o.MACs != nil}, {"Clock", o.Clock != nil},
		{"Log", o.Log != nil}, {"Metrics", o.Metrics != nil}, {"Docs", o.Docs != nil},
	} {
		if !dependency.set {
			missing = append(missing, dependency.name)
		}
	}
	return missing
}

// Handle mounts h; a route that is not in the contract, or twice, is a fault of New.
func (s *Server) Handle(method, template string, h Handler) {
	op, ok := s.contract.Find(method, template)
	if !ok || s.mounted[op.ID] {
		s.faults = append(s.faults, fmt.Errorf("handlers: %s %s is not in the contract, or mounted twice", method, template))
		return
	}
	s.mounted[op.ID] = true
	s.engine.Handle(method, op.GinPath(), s.chain(s.newRoute(op), h))
}

// Unmounted lists the operations of the contract that have no handler.
func (s *Server) Unmounted() []string {
	var ids []string
	for _, op := range s.contract.Operations() {
		if !s.mounted[op.ID] {
			ids = append(ids, op.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Contract gives the compiled contract.
func (s *Server) Contract() *contract.Contract { return s.contract }

// Routes lists what Gin serves, for the comparison with the contract.
func (s *Server) Routes() gin.RoutesInfo { return s.engine.Routes() }

// ServeHTTP routes r, except paths that no client means to send (404, never redirected).
// HEAD is GET without the body, which net/http leaves out. Clients that cannot send PATCH
// (微信小程序) send it as POST.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !plainPath(r.URL) {
		r = shallowCopy(r)
		r.URL.Path, r.URL.RawPath = "/\x00", "" // no route has it
	} else if r.Method == http.MethodHead {
		r = shallowCopy(r)
		r.Method = http.MethodGet
	} else if patches(r) {
		r = shallowCopy(r)
		r.Method = http.MethodPatch
	}
	s.engine.ServeHTTP(w, r)
}

// patches reports whether a POST says that it is a PATCH. It is routed, judged and recorded as
// one; no other method can be meant, so that nothing is reached that a POST may not change.
func patches(r *http.Request) bool {
	meant := r.Header["X-Http-Method-Override"]
	return r.Method == http.MethodPost && len(meant) == 1 && meant[0] == http.MethodPatch
}

func shallowCopy(r *http.Request) *http.Request {
	copied, url := *r, *r.URL
	copied.URL = &url
	return &copied
}
