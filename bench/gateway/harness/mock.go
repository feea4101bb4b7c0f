package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const headOfStream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\nrequest-id: req_mock\r\n" +
	"transfer-encoding: chunked\r\n\r\n"

const startEvent = `{"type":"message_start","message":{"id":"msg_bench","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],` +
	`"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":20,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}}`

const endDelta = `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":%d}}`

const indexOfFirstDelta = 3

// mock answers every POST with the same stream or message; what it sends is rendered once. A stream's events leave one by one, each in a
// packet of its own, because that is how a model's tokens come.
type mock struct {
	events  [][]byte
	message []byte
	// Nanoseconds before each event that follows the first delta; set by GET /pace?ms=.
	pace    atomic.Int64
	served  atomic.Int64
	running atomic.Int64
}

func runMock(args []string) {
	flags := flag.NewFlagSet("mock", flag.ExitOnError)
	port := flags.Int("port", 0, "port on loopback; 0 takes a free one")
	chunks := flags.Int("chunks", 20, "text deltas in a stream")
	_ = flags.Parse(args)
	listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(*port))
	if err != nil {
		fail(err.Error())
	}
	m := newMock(*chunks)
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err.Error())
		}
		go m.serve(connection)
	}
}

func newMock(chunks int) *mock {
	m := &mock{}
	text := ""
	for i := 0; i < chunks; i++ {
		text += fmt.Sprintf("tok%d ", i)
	}
	add := func(name, data string) {
		event := "event: " + name + "\ndata: " + data + "\n\n"
		m.events = append(m.events, []byte(fmt.Sprintf("%x\r\n%s\r\n", len(event), event)))
	}
	add("message_start", startEvent)
	add("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`)
	add("ping", `{"type":"ping"}`)
	for i := 0; i < chunks; i++ {
		add("content_block_delta", fmt.Sprintf(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"tok%d "}}`, i))
	}
	add("content_block_stop", `{"type":"content_block_stop","index":0}`)
	add("message_delta", fmt.Sprintf(endDelta, chunks))
	add("message_stop", `{"type":"message_stop"}`)
	m.events[0] = append([]byte(headOfStream), m.events[0]...)
	m.events[len(m.events)-1] = append(m.events[len(m.events)-1], "0\r\n\r\n"...)
	m.message = answer(fmt.Sprintf(`{"id":"msg_bench","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"%s"}],`+
		`"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":20,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":%d}}`, text, chunks))
	return m
}

func answer(body string) []byte {
	return []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nrequest-id: req_mock\r\ncontent-length: %d\r\n\r\n%s", len(body), body))
}

// serve answers the requests of one connection until its other end closes it.
func (m *mock) serve(connection net.Conn) {
	defer connection.Close()
	reader := bufio.NewReaderSize(connection, 65536)
	var body []byte
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		if strings.EqualFold(request.Header.Get("expect"), "100-continue") {
			if _, err := connection.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
				return
			}
		}
		if body, err = readInto(body, request.Body); err != nil {
			return
		}
		if request.Method != http.MethodPost {
			err = m.control(connection, request.URL)
		} else if bytes.Contains(body, []byte(`"stream":true`)) || bytes.Contains(body, []byte(`"stream": true`)) {
			err = m.stream(connection)
		} else {
			_, err = connection.Write(m.message)
		}
		m.served.Add(1)
		if err != nil || request.Close {
			return
		}
	}
}

func (m *mock) stream(connection net.Conn) error {
	m.running.Add(1)
	defer m.running.Add(-1)
	for i, event := range m.events {
		if pace := m.pace.Load(); pace > 0 && i > indexOfFirstDelta {
			time.Sleep(time.Duration(pace))
		}
		if _, err := connection.Write(event); err != nil {
			return err
		}
	}
	return nil
}

// control sets the pace, and tells the counts.
func (m *mock) control(connection net.Conn, address *url.URL) error {
	if address.Path == "/pace" {
		ms, _ := strconv.Atoi(address.Query().Get("ms"))
		m.pace.Store(int64(ms) * int64(time.Millisecond))
	}
	_, err := connection.Write(answer(fmt.Sprintf(`{"served":%d,"running":%d}`, m.served.Load(), m.running.Load())))
	return err
}

// readInto reads all of a body into a buffer that is used again and again.
func readInto(buffer []byte, from io.Reader) ([]byte, error) {
	buffer = buffer[:0]
	for {
		if len(buffer) == cap(buffer) {
			buffer = append(buffer, 0)[:len(buffer)]
		}
		n, err := from.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		if err == io.EOF {
			return buffer, nil
		}
		if err != nil {
			return buffer, err
		}
	}
}
