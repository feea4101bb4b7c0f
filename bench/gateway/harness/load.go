package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// plan is what one run of the load generator does.
type plan struct {
	address     string
	path        string
	headers     map[string]string
	body        []byte
	stream      bool
	chunks      int
	connections int
	// Whether all requests of the run are the same.
	same bool
	// The least time between the beginnings of two requests, of all connections together.
	apart time.Duration
	warm  time.Duration
	run   time.Duration
	// How long one answer may take.
	patience time.Duration
}

func runLoad(args []string) {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	address := flags.String("address", "", "host:port")
	path := flags.String("path", "/v1/messages", "path")
	headers := flags.String("headers", "{}", "more headers, as a JSON object")
	size := flags.Int("size", 49152, "bytes of a request body")
	model := flags.String("model", "claude-sonnet-4-5", "model")
	stream := flags.Bool("stream", false, "ask for streams")
	chunks := flags.Int("chunks", 20, "text deltas that a whole stream has")
	connections := flags.Int("connections", 1, "connections, one request at a time on each")
	perSecond := flags.Float64("per-second", 0, "requests a second of all connections together at most; 0: as fast as answers come")
	warmMs := flags.Int("warm-ms", 300, "not counted")
	runMs := flags.Int("run-ms", 1000, "counted")
	patienceMs := flags.Int("patience-ms", 10000, "how long one answer may take")
	same := flags.Bool("same", false, "send one and the same request again and again")
	hold := flags.Bool("hold", false, "open one stream on each connection, say when all have their first delta, and keep them for run-ms")
	_ = flags.Parse(args)
	p := plan{address: *address, path: *path, stream: *stream, chunks: *chunks, connections: *connections,
		warm: ms(*warmMs), run: ms(*runMs), patience: ms(*patienceMs)}
	if err := json.Unmarshal([]byte(*headers), &p.headers); err != nil {
		fail("headers: " + err.Error())
	}
	p.body = renderBody(*size, *model, *stream)
	numbers.Store(time.Now().UnixMicro())
	p.same = *same
	if *perSecond > 0 {
		p.apart = time.Duration(float64(time.Second) / *perSecond)
	}
	if *hold {
		p.hold()
		return
	}
	p.closedLoop()
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// caller is one connection and its figures.
type caller struct {
	plan    *plan
	request []byte
	// Where the request's own number stands.
	number  []byte
	next    int
	socket  net.Conn
	reader  *bufio.Reader
	buffer  []byte
	latency []float64
	ttft    []float64
	errors  int
	why     string
}

// Begins with the time, so that no two runs send the same either: what one run had answered, a cache would answer to the next.
var numbers atomic.Int64

func (p *plan) nextNumber() int64 {
	if p.same {
		return numbers.Load()
	}
	return numbers.Add(1)
}

func (p *plan) newCaller() *caller {
	var head bytes.Buffer
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\nhost: %s\r\ncontent-type: application/json\r\nanthropic-version: 2023-06-01\r\n", p.path, p.address)
	head.WriteString("anthropic-beta: claude-code-20250219,interleaved-thinking-2025-05-14\r\nuser-agent: claude-cli/2.1.329 (external, sdk-cli)\r\nx-app: cli\r\n")
	for name, value := range p.headers {
		fmt.Fprintf(&head, "%s: %s\r\n", name, value)
	}
	fmt.Fprintf(&head, "content-length: %d\r\n\r\n", len(p.body))
	request := append(head.Bytes(), p.body...)
	at := bytes.LastIndex(request, []byte(placeholder))
	return &caller{plan: p, request: request, number: request[at : at+len(placeholder)], buffer: make([]byte, 0, 16384)}
}

func (p *plan) closedLoop() {
	callers := make([]*caller, p.connections)
	pace := &turns{}
	var wait sync.WaitGroup
	begin := time.Now().Add(p.warm)
	end := begin.Add(p.run)
	for i := range callers {
		callers[i] = p.newCaller()
		wait.Add(1)
		go func(c *caller) {
			defer wait.Done()
			c.loop(pace, begin, end)
		}(callers[i])
	}
	time.Sleep(time.Until(begin))
	cpuBefore := cpuSeconds()
	fmt.Println(`{"event":"begin"}`)
	time.Sleep(time.Until(end))
	cpu := cpuSeconds() - cpuBefore
	fmt.Println(`{"event":"end"}`)
	wait.Wait()
	result := struct {
		Event   string    `json:"event"`
		Count   int       `json:"count"`
		Seconds float64   `json:"seconds"`
		Cpu     float64   `json:"cpuSeconds"`
		Errors  int       `json:"errors"`
		Why     string    `json:"why,omitempty"`
		Latency []float64 `json:"latencyMs"`
		Ttft    []float64 `json:"ttftMs"`
	}{Event: "result", Seconds: p.run.Seconds(), Cpu: cpu, Latency: []float64{}, Ttft: []float64{}}
	for _, c := range callers {
		result.Count += len(c.latency)
		result.Errors += c.errors
		result.Latency = append(result.Latency, c.latency...)
		result.Ttft = append(result.Ttft, c.ttft...)
		if result.Why == "" {
			result.Why = c.why
		}
	}
	_ = json.NewEncoder(os.Stdout).Encode(result)
}

// loop asks again and again; what ends between begin and end is counted.
func (c *caller) loop(pace *turns, begin, end time.Time) {
	defer c.close()
	for time.Now().Before(end) {
		if c.plan.apart > 0 {
			time.Sleep(time.Until(pace.take(c.plan.apart)))
		}
		started := time.Now()
		firstDelta, err := c.ask(nil)
		done := time.Now()
		if done.Before(begin) || done.After(end) {
			continue
		}
		if err != nil {
			c.errors++
			c.why = err.Error()
			c.close()
			// A gateway that refuses connections must not be hammered by the loop.
			time.Sleep(5 * time.Millisecond)
			continue
		}
		c.latency = append(c.latency, milliseconds(done.Sub(started)))
		if c.plan.stream {
			c.ttft = append(c.ttft, milliseconds(firstDelta.Sub(started)))
		}
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

var deltaMark = []byte("text_delta")
var stopMark = []byte(`"message_stop"`)

// ask sends one request and reads its answer to the end. It returns when the first delta had come, and an error unless the answer is whole.
func (c *caller) ask(onFirst func()) (time.Time, error) {
	var first time.Time
	if c.socket == nil {
		socket, err := net.DialTimeout("tcp", c.plan.address, 5*time.Second)
		if err != nil {
			return first, err
		}
		c.socket, c.reader = socket, bufio.NewReaderSize(socket, 16384)
	}
	copy(c.number, fmt.Sprintf("%016d", c.plan.nextNumber()))
	_ = c.socket.SetDeadline(time.Now().Add(c.plan.patience))
	if _, err := c.socket.Write(c.request); err != nil {
		return first, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return first, err
	}
	c.buffer = c.buffer[:0]
	for {
		if cap(c.buffer)-len(c.buffer) < 4096 {
			c.buffer = append(make([]byte, 0, 2*cap(c.buffer)), c.buffer...)
		}
		n, err := response.Body.Read(c.buffer[len(c.buffer):cap(c.buffer)])
		c.buffer = c.buffer[:len(c.buffer)+n]
		if first.IsZero() && n > 0 && bytes.Contains(c.buffer, deltaMark) {
			first = time.Now()
			if onFirst != nil {
				onFirst()
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return first, err
		}
	}
	if response.Close {
		c.close()
	}
	return first, c.judge(response.StatusCode)
}

// judge tells whether an answer is whole: fast and wrong must not count.
func (c *caller) judge(status int) error {
	if status != 200 {
		return fmt.Errorf("status %d: %.300s", status, c.buffer)
	}
	if !c.plan.stream {
		if !bytes.Contains(c.buffer, []byte(fmt.Sprintf("tok%d ", c.plan.chunks-1))) {
			return fmt.Errorf("the message is not whole: %.300s", c.buffer)
		}
		return nil
	}
	if deltas := bytes.Count(c.buffer, deltaMark); deltas != c.plan.chunks || !bytes.Contains(c.buffer, stopMark) {
		return fmt.Errorf("the stream is not whole: %d deltas of %d", deltas, c.plan.chunks)
	}
	return nil
}

func (c *caller) close() {
	if c.socket != nil {
		_ = c.socket.Close()
		c.socket = nil
	}
}

// hold opens a slow stream on every connection, some at a time, says how many run, and leaves after run.
func (p *plan) hold() {
	var opened, failed, ended atomic.Int64
	var why atomic.Value
	slots := make(chan struct{}, 64)
	for i := 0; i < p.connections; i++ {
		c := p.newCaller()
		go func() {
			slots <- struct{}{}
			release := sync.OnceFunc(func() { <-slots })
			_, err := c.ask(func() {
				opened.Add(1)
				release()
			})
			if err != nil {
				failed.Add(1)
				why.Store(err.Error())
			} else {
				ended.Add(1)
			}
			release()
		}()
	}
	begun := time.Now()
	for time.Since(begun) < p.warm && opened.Load()+failed.Load() < int64(p.connections) {
		time.Sleep(20 * time.Millisecond)
	}
	tell := func(event string) {
		text, _ := why.Load().(string)
		line, _ := json.Marshal(map[string]any{"event": event, "opened": opened.Load(), "failed": failed.Load(), "ended": ended.Load(), "why": text,
			"seconds": time.Since(begun).Seconds()})
		fmt.Println(string(line))
	}
	tell("opened")
	time.Sleep(p.run)
	tell("held")
}

// cpuSeconds is what this process has used so far.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fail(err.Error())
	}
	return float64(usage.Utime.Sec+usage.Stime.Sec) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6
}
