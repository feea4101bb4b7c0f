package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Where each request puts a number of its own, so that no two are identical and no cache can answer.
const placeholder = "0000000000000000"

type object = map[string]any

// renderBody makes a request of the shape and order of Claude Code's, filled up to exactly the size asked for.
func renderBody(sizeBytes int, model string, stream bool) []byte {
	body := fill(sizeBytes, model, stream, 0)
	if missing := sizeBytes - len(body); missing > 0 {
		body = fill(sizeBytes, model, stream, missing)
	}
	if len(body) != sizeBytes {
		fail(fmt.Sprintf("no body of %d bytes can be made; the smallest has %d", sizeBytes, len(body)))
	}
	return body
}

func fill(sizeBytes int, model string, stream bool, extra int) []byte {
	isLarge := sizeBytes >= 32768
	text := "hi " + placeholder + " " + prose(extra)
	fields := []string{
		field("model", model),
		field("messages", []object{{"role": "user", "content": []object{{"type": "text", "text": text, "cache_control": object{"type": "ephemeral"}}}}}),
	}
	if isLarge {
		fields = append(fields,
			field("system", []object{{"type": "text", "text": prose(70)}, {"type": "text", "text": prose(5900), "cache_control": object{"type": "ephemeral"}}}),
			field("tools", tools()))
	}
	fields = append(fields,
		field("metadata", object{"user_id": `{"device_id":"bench","account_uuid":"","session_id":"bench"}`}),
		field("max_tokens", 32000),
		field("stream", stream))
	return []byte("{" + strings.Join(fields, ",") + "}")
}

func tools() []object {
	all := []object{}
	for i := 0; i < 12; i++ {
		all = append(all, object{
			"name":        fmt.Sprintf("Tool%d", i),
			"description": prose(1900),
			"input_schema": object{
				"type":       "object",
				"properties": object{"path": object{"type": "string", "description": prose(280)}, "lines": object{"type": "integer"}},
				"required":   []string{"path"},
			},
		})
	}
	return all
}

func field(name string, value any) string {
	rendered, err := json.Marshal(value)
	if err != nil {
		fail(err.Error())
	}
	return `"` + name + `":` + string(rendered)
}

// prose gives text of exactly so many bytes.
func prose(size int) string {
	var text strings.Builder
	for i := 0; text.Len() < size; i++ {
		fmt.Fprintf(&text, "word%d ", (i*7919)%1000)
	}
	return text.String()[:size]
}
