package source

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"google.golang.org/protobuf/encoding/protowire"
)

// otlpService is where gRPC clients send logs.
const otlpService = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"

// otlp adds OTLP, over HTTP and, on listeners that speak HTTP/2, over gRPC. A gRPC call of one message each way is a POST
// with five bytes before the message and a status behind the answer; served here it has the bounds, tokens and accounts of
// all other requests.
func (h *HTTP) otlp(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/logs", func(w http.ResponseWriter, r *http.Request) {
		fail := otlpError(otlpIsJSON(r))
		h.admit(func(w http.ResponseWriter, r *http.Request, who sender) { h.otlpLogs(w, r, who, fail) }, fail)(w, r)
	})
	mux.HandleFunc("POST "+otlpService, func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor < 2 || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			problem(w, http.StatusUnsupportedMediaType, "this path is for gRPC over HTTP/2")
			return
		}
		h.admit(h.grpcLogs, grpcError)(w, r)
	})
	for _, other := range []string{"trace.v1.TraceService", "metrics.v1.MetricsService"} {
		mux.HandleFunc("POST /opentelemetry.proto.collector."+other+"/Export", func(w http.ResponseWriter, _ *http.Request) {
			grpcStatus(w, grpcUnimplemented, "only logs are taken here")
		})
	}
}

func otlpIsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}

// otlpAnswer writes a message of OTLP in the encoding of the request.
func otlpAnswer(w http.ResponseWriter, status int, isJSON bool, body []byte) {
	kind := "application/x-protobuf"
	if isJSON {
		kind = "application/json"
	}
	answerAs(w, status, kind, body)
}

// otlpError answers with google.rpc.Status.
func otlpError(isJSON bool) fail {
	return func(w http.ResponseWriter, status int, detail string) {
		body := rpcStatus(grpcCode(status), detail)
		if isJSON {
			body = fmt.Appendf(nil, `{"code":%d,"message":%s}`, grpcCode(status), quote(detail))
		}
		otlpAnswer(w, status, isJSON, body)
	}
}

func rpcStatus(code int, detail string) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(code))
	return protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), detail)
}

// otlpLogs takes logs over HTTP. What is not good of them is counted and told as OTLP's partial success.
func (h *HTTP) otlpLogs(w http.ResponseWriter, r *http.Request, who sender, fail fail) {
	b, ok := h.read(w, r, fail)
	if !ok {
		return
	}
	defer b.free()
	asJSON := otlpIsJSON(r)
	set, ok := h.otlpRead(w, r, who, b, asJSON, fail)
	if !ok {
		return
	}
	otlpAnswer(w, http.StatusOK, asJSON, otlpResult(set, asJSON))
}

// otlpRead reads a request's logs and makes them durable. Where it reports false it has answered.
func (h *HTTP) otlpRead(w http.ResponseWriter, r *http.Request, who sender, b *body, asJSON bool, fail fail) (*records, bool) {
	set := h.records(b)
	decode := otlpProto
	if asJSON {
		decode = otlpJSON
	}
	if err := decode(b.data, set); errors.Is(err, errBroken) {
		if len(set.ends) == 0 {
			h.rejected(r, who, map[string]int{BadEvent: 1})
			h.refuse(w, r, fail, http.StatusBadRequest, errBroken.Error())
			return nil, false
		}
		set.reject(BadEvent)
	}
	return set, h.deliver(w, r, who, b.data, set, fail)
}

// otlpResult is ExportLogsServiceResponse.
func otlpResult(set *records, asJSON bool) []byte {
	n := set.rejected()
	switch {
	case n == 0 && asJSON:
		return []byte("{}")
	case n == 0:
		return nil
	case asJSON:
		text, err := json.Marshal(map[string]any{"partialSuccess": map[string]string{"rejectedLogRecords": strconv.Itoa(n), "errorMessage": set.first}})
		if err != nil {
			panic("BUG: " + err.Error())
		}
		return text
	}
	part := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(n))
	part = protowire.AppendString(protowire.AppendTag(part, 2, protowire.BytesType), set.first)
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), part)
}

// Codes of gRPC that are used.
const (
	grpcInvalid         = 3
	grpcForbidden       = 7
	grpcExhausted       = 8
	grpcUnimplemented   = 12
	grpcInternal        = 13
	grpcUnavailable     = 14
	grpcUnauthenticated = 16
)

func grpcCode(status int) int {
	switch status {
	case http.StatusUnauthorized:
		return grpcUnauthenticated
	case http.StatusForbidden:
		return grpcForbidden
	case http.StatusRequestEntityTooLarge:
		return grpcExhausted
	case http.StatusUnsupportedMediaType:
		return grpcUnimplemented
	case http.StatusServiceUnavailable:
		return grpcUnavailable
	case http.StatusBadRequest:
		return grpcInvalid
	}
	return grpcInternal
}

// grpcError answers a call that failed.
func grpcError(w http.ResponseWriter, status int, detail string) {
	grpcStatus(w, grpcCode(status), detail)
}

// grpcStatus ends a call; the message has only characters that stand for themselves in a header.
func grpcStatus(w http.ResponseWriter, code int, message string) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set(http.TrailerPrefix+"Grpc-Status", strconv.Itoa(code))
	if message != "" {
		w.Header().Set(http.TrailerPrefix+"Grpc-Message", message)
	}
	w.WriteHeader(http.StatusOK)
}

// grpcLogs takes the logs of one call.
func (h *HTTP) grpcLogs(w http.ResponseWriter, r *http.Request, who sender) {
	b := &body{h: h}
	defer func() { b.free() }()
	if err := h.grpcMessage(w, r, b); err != nil {
		h.bodyError(w, r, grpcError, err)
		return
	}
	set, ok := h.otlpRead(w, r, who, b, false, grpcError)
	if !ok {
		return
	}
	result := otlpResult(set, false)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime))
	grpcStatus(w, 0, "")
	w.Write(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(result))))
	w.Write(result)
}

// grpcMessage reads the one message of a call.
func (h *HTTP) grpcMessage(w http.ResponseWriter, r *http.Request, b *body) error {
	in := &counted{r: http.MaxBytesReader(w, r.Body, int64(h.opt.MaxBody))}
	var head [5]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return in.cause(err)
	}
	size := int64(binary.BigEndian.Uint32(head[1:]))
	if size > int64(h.opt.MaxBody) {
		return tooLarge("the message is too large")
	}
	one := io.LimitReader(in, size)
	var err error
	switch encoding := r.Header.Get("Grpc-Encoding"); {
	case head[0] == 0:
		err = b.fill(one, in)
	case encoding == "gzip":
		var z *gzip.Reader
		if z, err = gzip.NewReader(one); err != nil {
			return in.cause(err)
		}
		err = b.fill(z, in)
	default:
		w.Header().Set("Grpc-Accept-Encoding", "gzip")
		return unsupported("only gzip is understood as message encoding")
	}
	if err == nil && int64(in.n) < size+int64(len(head)) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // as read does
	}
	return err
}
