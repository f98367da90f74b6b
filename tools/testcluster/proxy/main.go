// Command proxy stands between a client and the API server and does to requests what it is told:
// counts them, makes them late, refuses them, loses their answers, cuts watches.
//
// It speaks TLS with the certificate of the API server itself, so that clients need no other
// kubeconfig than one with another port. Requests below /proxy/ are for the proxy:
// /proxy/plan?… sets what happens next and forgets what was counted, /proxy/stats tells.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// plan is what happens to requests.
type plan struct {
	// Latency is added to every request.
	Latency time.Duration
	// Action is done to the request with number At, or to every one whose number Every divides:
	// 409, 429, 500, 503: refused without being forwarded;
	// lost: forwarded, and the connection is dropped instead of an answer;
	// drop: the connection is dropped before anything is forwarded;
	// hang: forwarded, and never answered;
	// slow: answered after ten seconds;
	// cut: only watches count; they end after 300 ms.
	Action    string
	At, Every int
	// Only requests whose method is in this list count; empty means all.
	Methods string
}

type proxy struct {
	mu       sync.Mutex
	plan     plan
	requests []string
	counted  int
	hanging  bool
	released chan struct{}
	forward  *httputil.ReverseProxy
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	upstream := flag.String("upstream", "", "address of the API server")
	cert := flag.String("cert", "", "certificate file")
	key := flag.String("key", "", "key file")
	flag.Parse()
	target, err := url.Parse(*upstream)
	if err != nil {
		log.Fatal(err)
	}
	p := &proxy{released: make(chan struct{}), forward: httputil.NewSingleHostReverseProxy(target)}
	p.forward.FlushInterval = -1
	p.forward.ErrorLog = log.New(discard{}, "", 0)
	p.forward.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	p.forward.Transport = &http.Transport{
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 100,
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	server := &http.Server{Handler: p, ErrorLog: log.New(discard{}, "", 0)}
	log.Fatal(server.ServeTLS(listener, *cert, *key))
}

type discard struct{}

func (discard) Write(text []byte) (int, error) { return len(text), nil }

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/proxy/plan":
		p.setPlan(r.URL.Query())
		return
	case "/proxy/stats":
		p.mu.Lock()
		defer p.mu.Unlock()
		json.NewEncoder(w).Encode(map[string]any{"count": len(p.requests), "hanging": p.hanging, "requests": p.requests})
		return
	}
	isWatch := r.URL.Query().Get("watch") != ""
	act, latency, released := p.note(r, isWatch)
	if latency > 0 {
		time.Sleep(latency)
	}
	switch act {
	case "":
		p.forward.ServeHTTP(w, r)
	case "409", "429", "500", "503":
		refuse(w, act)
	case "drop":
		panic(http.ErrAbortHandler)
	case "lost":
		p.forward.ServeHTTP(&swallow{header: http.Header{}}, r)
		panic(http.ErrAbortHandler)
	case "hang":
		p.forward.ServeHTTP(&swallow{header: http.Header{}}, r.WithContext(context.Background()))
		p.mu.Lock()
		p.hanging = true
		p.mu.Unlock()
		<-released
		panic(http.ErrAbortHandler)
	case "slow":
		time.Sleep(10 * time.Second)
		p.forward.ServeHTTP(w, r)
	case "cut":
		ctx, cancel := context.WithTimeout(r.Context(), 300*time.Millisecond)
		defer cancel()
		p.forward.ServeHTTP(w, r.WithContext(ctx))
	default:
		http.Error(w, "unknown action", http.StatusInternalServerError)
	}
}

// note counts a request and says what is done to it.
func (p *proxy) note(r *http.Request, isWatch bool) (string, time.Duration, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, r.Method+" "+r.URL.RequestURI())
	if (p.plan.Action == "cut") != isWatch || (p.plan.Methods != "" && !strings.Contains(p.plan.Methods, r.Method)) {
		return "", p.plan.Latency, p.released
	}
	p.counted++
	if p.counted == p.plan.At || (p.plan.Every > 0 && p.counted%p.plan.Every == 0) {
		return p.plan.Action, p.plan.Latency, p.released
	}
	return "", p.plan.Latency, p.released
}

func (p *proxy) setPlan(query url.Values) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.released)
	p.released = make(chan struct{})
	latency, _ := time.ParseDuration(query.Get("latency"))
	at, _ := strconv.Atoi(query.Get("at"))
	every, _ := strconv.Atoi(query.Get("every"))
	p.plan = plan{Latency: latency, Action: query.Get("action"), At: at, Every: every, Methods: query.Get("methods")}
	p.requests, p.counted, p.hanging = nil, 0, false
}

// refuse answers as the API server does.
func refuse(w http.ResponseWriter, code string) {
	texts := map[string][2]string{
		"409": {"Conflict", "Operation cannot be fulfilled on resourcequotas \"q\": the object has been modified; please apply your changes to the latest version and try again"},
		"429": {"TooManyRequests", "too many requests, please try again later"},
		"500": {"InternalError", "Internal error occurred: etcdserver: leader changed"},
		"503": {"ServiceUnavailable", "the server is currently unable to handle the request"},
	}
	number, _ := strconv.Atoi(code)
	if number == 429 {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(number)
	json.NewEncoder(w).Encode(map[string]any{
		"kind": "Status", "apiVersion": "v1", "status": "Failure",
		"reason": texts[code][0], "message": texts[code][1], "code": number,
	})
}

// swallow takes an answer that nobody gets.
type swallow struct{ header http.Header }

func (s *swallow) Header() http.Header            { return s.header }
func (s *swallow) Write(body []byte) (int, error) { return len(body), nil }
func (s *swallow) WriteHeader(int)                {}
