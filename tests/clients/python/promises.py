"""What the official Python clients make of a gateway; prints one line per promise kept, and fails at the first one broken.

Environment: GATEWAY_URL, GATEWAY_KEY, TOOL_PROMPT (makes the provider call the tool Bash), ERROR_PROMPT (makes it fail with 400), HANG_PROMPT (makes it silent),
COUNTS ("no" for a provider that says by 404 that it counts no tokens).
"""

import os

import anthropic
import openai

URL, KEY = os.environ["GATEWAY_URL"], os.environ["GATEWAY_KEY"]
MODEL = "claude-opus-5-5"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
a = anthropic.Anthropic(auth_token=KEY, api_key=None, base_url=URL, max_retries=0)
o = openai.OpenAI(api_key=KEY, base_url=f"{URL}/v1", max_retries=0)


def hold(what: str, is_so: bool) -> None:
    if not is_so:
        raise SystemExit(f"broken: {what}")
    print(f"kept: {what}")


def user(content):
    return [{"role": "user", "content": content}]


def chat(content, **more):
    return o.chat.completions.create(model=MODEL, max_tokens=1000, messages=user(content), **more)


def message(content, **more):
    return a.messages.create(model=MODEL, max_tokens=1000, messages=user(content), **more)


def anthropic_side() -> None:
    hold("anthropic: an answer", message("hello").content[0].text != "")
    with a.messages.stream(model=MODEL, max_tokens=1000, messages=user("hello")) as stream:
        text = "".join(stream.text_stream)
        hold("anthropic: a stream", text != "" and stream.get_final_message().content[0].text == text)
    tools = [{"name": "Bash", "description": "Runs a command", "input_schema": SCHEMA}]
    asked = message(os.environ["TOOL_PROMPT"], tools=tools)
    call = next(block for block in asked.content if block.type == "tool_use")
    hold("anthropic: a tool call", asked.stop_reason == "tool_use" and call.name == "Bash" and "command" in call.input)
    history = user(os.environ["TOOL_PROMPT"]) + [
        {"role": "assistant", "content": asked.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "done"}]},
    ]
    hold("anthropic: its result", a.messages.create(model=MODEL, max_tokens=1000, tools=tools, messages=history).stop_reason == "end_turn")
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    hold("anthropic: an image", message([image, {"type": "text", "text": "hello"}]).content[0].text != "")
    try:
        hold("anthropic: a count", a.messages.count_tokens(model=MODEL, messages=user("hello")).input_tokens > 0 and os.environ["COUNTS"] == "yes")
    except anthropic.NotFoundError:
        hold("anthropic: a count that is declined", os.environ["COUNTS"] == "no")
    hold("anthropic: models", len(a.models.list().data) > 0)
    try:
        message(os.environ["ERROR_PROMPT"])
        hold("anthropic: an error", False)
    except anthropic.BadRequestError as error:
        hold("anthropic: an error", error.status_code == 400)
    try:
        anthropic.Anthropic(api_key="fh_wrong", base_url=URL, max_retries=2).messages.create(model=MODEL, max_tokens=10, messages=user("a"))
        hold("anthropic: a wrong key", False)
    except anthropic.AuthenticationError as error:
        hold("anthropic: a wrong key", error.status_code == 401)
    try:
        message(os.environ["HANG_PROMPT"], timeout=0.3)
        hold("anthropic: a time-out", False)
    except anthropic.APITimeoutError:
        hold("anthropic: a time-out", True)


def openai_side() -> None:
    hold("openai: an answer", chat("hello").choices[0].message.content != "")
    chunks = list(chat("hello", stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    hold("openai: a stream with usage", text != "" and chunks[-1].usage is not None and chunks[-1].usage.total_tokens > 0)
    tools = [{"type": "function", "function": {"name": "Bash", "description": "Runs a command", "parameters": SCHEMA}}]
    asked = chat(os.environ["TOOL_PROMPT"], tools=tools).choices[0]
    call = asked.message.tool_calls[0]
    hold("openai: a tool call", asked.finish_reason == "tool_calls" and call.function.name == "Bash" and "command" in call.function.arguments)
    history = user(os.environ["TOOL_PROMPT"]) + [asked.message, {"role": "tool", "tool_call_id": call.id, "content": "done"}]
    last = o.chat.completions.create(model=MODEL, max_tokens=1000, tools=tools, messages=history)
    hold("openai: its result", last.choices[0].finish_reason == "stop")
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    hold("openai: an image", chat([image, {"type": "text", "text": "hello"}]).choices[0].message.content != "")
    hold("openai: a response", o.responses.create(model=MODEL, input="hello").output_text != "")
    with o.responses.stream(model=MODEL, input="hello") as stream:
        types = [event.type for event in stream]
        hold("openai: a streamed response", types[-1] == "response.completed" and stream.get_final_response().output_text != "")
    hold("openai: models", len(o.models.list().data) > 0)
    for make, kind in ((lambda: chat(os.environ["ERROR_PROMPT"]), openai.BadRequestError), (lambda: o.responses.create(model=MODEL, input="a", previous_response_id="resp_1"), openai.BadRequestError)):
        try:
            make()
            hold("openai: an error", False)
        except kind as error:
            hold("openai: an error", error.status_code == 400 and error.type == "invalid_request_error")
    try:
        o.with_options(api_key="fh_wrong", max_retries=2).chat.completions.create(model=MODEL, messages=user("a"))
        hold("openai: a wrong key", False)
    except openai.AuthenticationError as error:
        hold("openai: a wrong key", error.code == "invalid_api_key")
    try:
        chat(os.environ["HANG_PROMPT"], timeout=0.3)
        hold("openai: a time-out", False)
    except openai.APITimeoutError:
        hold("openai: a time-out", True)
    stream = chat("hello", stream=True)
    next(iter(stream))
    stream.close()
    hold("openai: a stream left early", True)


anthropic_side()
openai_side()
