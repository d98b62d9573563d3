package handlers

import (
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gin-gonic/gin"

	"xinyi/handlers/contract"
	"xinyi/model"
	"xinyi/policy/access"
)

const publicPermission = access.Public

// route is an operation with what is prepared for it once.
type route struct {
	op      *contract.Operation
	public  bool
	metrics *routeMetrics
	log     *slog.Logger // says the route
}

func (s *Server) newRoute(op *contract.Operation) *route {
	return &route{op: op, public: op.Permission == publicPermission, metrics: s.Metrics.route(op.Path, op.Method),
		log: s.Log.With("route", op.Path)}
}

// chain wraps h with what every route does, in the order in which a request is judged.
func (s *Server) chain(route *route, h Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		call := s.begin(c, route)
		defer s.end(c, call)
		if err := s.judge(c, call, h); err != nil {
			s.writeProblem(c, call, err)
		}
	}
}

// judge runs the steps before the handler and then the handler.
func (s *Server) judge(c *gin.Context, call *call, h Handler) error {
	if err := s.authenticate(c, call); err != nil {
		return err
	}
	if call.route == s.unrouted {
		return h(c)
	}
	if !s.Access.Allowed(call.principal.Role, call.route.op.Permission) {
		return model.Errorf(model.CodeForbidden, "您的角色不能使用这项功能；如确有需要，请联系本单位管理员。")
	}
	if err := s.checkContract(c, call); err != nil {
		return err
	}
	if call.route.op.Idempotency == contract.IdempotencyRequired {
		return s.once(c, call, h)
	}
	return h(c)
}

// checkContract judges path, query, headers and body against the contract.
func (s *Server) checkContract(c *gin.Context, call *call) error {
	op := call.route.op
	faults := op.CheckPath(c.Param)
	query, more := op.CheckQuery(c.Request.URL.RawQuery)
	call.query = query
	faults = append(append(faults, more...), op.CheckHeader(c.Request.Header)...)
	if len(faults) > 0 {
		return invalid(faults)
	}
	if !op.HasBody() {
		return nil
	}
	if isUpload(call, c.Request.Header) {
		return s.receive(c, call)
	}
	if err := s.readBody(c, call); err != nil {
		return err
	}
	if faults := op.CheckBody(call.body); len(faults) > 0 {
		return invalid(faults)
	}
	return nil
}

func invalid(faults []model.FieldError) error {
	return &model.Error{Code: model.CodeInvalidRequest, Detail: "请求内容有误，请按 errors 中的说明修改后重试。", Fields: faults}
}

// end answers a panic, then leaves the event and the metrics.
func (s *Server) end(c *gin.Context, call *call) {
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler {
			panic(v)
		}
		call.panicked(v)
		if !c.Writer.Written() {
			s.writeProblem(c, call, &model.Error{Code: model.CodeInternal, Err: errPanic})
		}
	}
	c.Writer.WriteHeaderNow()
	if call.upload != nil {
		call.upload.close()
	}
	s.leave(c, call)
	s.release(call)
}

// panicked keeps kind and stack; a value of our own making might hold personal data.
func (call *call) panicked(v any) {
	call.stack = string(debug.Stack())
	if err, ok := v.(runtime.Error); ok {
		call.stack = err.Error() + "\n" + call.stack
	}
}

func methodNotAllowed(c *gin.Context) error {
	allow := c.Writer.Header().Get("Allow")
	if strings.Contains(allow, http.MethodGet) {
		allow += ", " + http.MethodHead
	}
	allow += ", " + http.MethodOptions
	c.Writer.Header()["Allow"] = []string{allow}
	if c.Request.Method == http.MethodOptions {
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
		return nil
	}
	return model.Errorf(model.CodeMethodNotAllowed, "这个地址不支持该方法，请查看 Allow 响应头。")
}
