"""LiteLLM and LangChain over the socket; what LiteLLM says to Ollama's dialect goes through TCP (proxy.py)."""

import httpx

from report import cases

QUESTION = "What is the capital of France?"
MESSAGES = [{"role": "user", "content": QUESTION}]
SCHEMA = {
    "title": "Person",
    "description": "A person.",
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "age": {"type": "integer", "minimum": 0, "maximum": 99},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}


def http_client(daemon):
    return httpx.Client(transport=httpx.HTTPTransport(uds=daemon.socket), timeout=300)


def case_litellm_openai(daemon):
    import litellm
    import openai

    litellm.suppress_debug_info = True
    client = openai.OpenAI(base_url="http://localhost/v1", api_key="none", http_client=http_client(daemon))
    options = {
        "model": f"openai/{daemon.model}",
        "messages": MESSAGES,
        "client": client,
        "max_tokens": 8,
        "temperature": 0,
    }
    plain = litellm.completion(**options).choices[0].message.content
    chunks = litellm.completion(**options, stream=True)
    assert plain == "".join(chunk.choices[0].delta.content or "" for chunk in chunks), plain
    try:
        litellm.completion(**{**options, "model": "openai/no-such-model"})
    except litellm.NotFoundError:
        return repr(plain)
    raise AssertionError("an unknown model was accepted")


def langchain_openai(daemon, **options):
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=daemon.model,
        base_url="http://localhost/v1",
        api_key="none",
        http_client=http_client(daemon),
        temperature=0,
        **options,
    )


def case_langchain_openai(daemon):
    chat = langchain_openai(daemon, max_tokens=8)
    answer = chat.invoke(QUESTION)
    assert answer.content and answer.usage_metadata["total_tokens"] > 0, answer
    assert "".join(piece.content for piece in chat.stream(QUESTION)) == answer.content
    return repr(answer.content)


def case_langchain_openai_structured_output(daemon):
    for method in ("json_schema", "function_calling"):
        made = langchain_openai(daemon, max_tokens=200).with_structured_output(SCHEMA, method=method)
        person = made.invoke("Invent a person.")
        assert set(person) == {"name", "age"} and isinstance(person["age"], int), (method, person)
    return person


def case_langchain_ollama(daemon):
    from langchain_ollama import ChatOllama

    transport = {"transport": httpx.HTTPTransport(uds=daemon.socket)}
    chat = ChatOllama(
        model=daemon.model, base_url="http://localhost", sync_client_kwargs=transport, temperature=0, num_predict=8
    )
    answer = chat.invoke(QUESTION)
    assert answer.content and answer.usage_metadata["total_tokens"] > 0, answer
    assert "".join(piece.content for piece in chat.stream(QUESTION)) == answer.content
    free = ChatOllama(model=daemon.model, base_url="http://localhost", sync_client_kwargs=transport, num_predict=200)
    person = free.with_structured_output(SCHEMA, method="json_schema").invoke("Invent a person.")
    assert set(person) == {"name", "age"}, person
    return repr(answer.content)


def run(daemon, report, options):
    for name, function in cases(globals()):
        report.check(name, function, daemon)
