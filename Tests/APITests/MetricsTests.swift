import Glibc
import Inference
import JSON
import Testing

/// `/metrics`.
@Suite struct MetricsTests {
    /// Name, labels and value of every sample, if the text follows the format.
    private static func samples(_ text: String) throws -> [String: Double] {
        var samples: [String: Double] = [:]
        var described: [String: (help: Bool, type: String?)] = [:]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                #expect(words.count == 4 && described[words[2]] == nil, "\(line)")
                described[words[2]] = (true, nil)
            } else if line.hasPrefix("# TYPE ") {
                described[words[2]]?.type = words[3]
            } else {
                let name = String(line.prefix { $0 != "{" && $0 != " " })
                let type = described[name]?.type
                #expect(type == "gauge" || type == "counter", "\(line)")
                #expect(name.hasSuffix("_total") == (type == "counter"), "\(line)")
                let space = try #require(line.lastIndex(of: " "))
                samples[String(line[..<space])] = Double(line[line.index(after: space)...])
            }
        }
        return samples
    }

    @Test func countsRequestsAndTokens() async throws {
        let secret = "canary-7f3a"
        try await withService(.answering(parts: [[.content(secret)]], prompt: 10, cached: 4)) { service in
            let prompt = #"{"model":"deepseek-v2-lite","messages":[{"role":"user","content":"\#(secret)"}]}"#
            for path in ["/v1/chat/completions", "/api/chat", "/api/chat"] { _ = try await service.post(path, prompt) }
            _ = try await service.chat(#","n":3,"user":"\#(secret)""#)
            // Answers are here a moment before they are counted.
            var response = try await service.get("/metrics")
            let deadline = ContinuousClock.now + .seconds(10)
            let last = #"minke_requests_total{dialect="ollama",outcome="completed"} 2"#
            while !response.text.contains(last), ContinuousClock.now < deadline {
                response = try await service.get("/metrics")
            }
            #expect(response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(response.text.hasSuffix("\n") && !response.text.contains(secret))
            let samples = try Self.samples(response.text)
            #expect(samples[#"minke_requests_total{dialect="openai",outcome="completed"}"#] == 1)
            #expect(samples[#"minke_requests_total{dialect="openai",outcome="refused"}"#] == 1)
            #expect(samples[#"minke_requests_total{dialect="ollama",outcome="completed"}"#] == 2)
            #expect(samples[#"minke_requests_total{dialect="ollama",outcome="failed"}"#] == 0)
            #expect(samples["minke_prompt_tokens_total"] == 30 && samples["minke_prompt_tokens_cached_total"] == 12)
            #expect(samples["minke_answer_tokens_total"] == 6 && samples["minke_decode_seconds_total"] == 6)
            #expect(samples["minke_load_seconds_total"] == 0.75)
            #expect(samples["minke_expert_cache_hits_total"] == 75 && samples["minke_expert_cache_misses_total"] == 10)
            #expect(samples["minke_expert_read_bytes_total"] == 200_000_000)
            #expect(samples["minke_expert_stall_seconds_total"] == 0.5)
            #expect(samples["minke_memory_limit_bytes"] == 3_221_225_472 && samples["minke_model_loaded"] == 1)
            #expect(samples["minke_queue_depth"] != nil && samples["minke_stalled"] == 0)
            #expect(samples["minke_uptime_seconds"].map { $0 > 0 } == true)
        }
    }

    @Test func countsHowRequestsEnd() async throws {
        let full = GenerationError(.queueFull(retryAfterSeconds: 1), "full")
        let endings: [(ScriptedGenerator, answer: String, String)] = [
            (ScriptedGenerator([], refusal: full), "queue_full", "rejected"),
            (ScriptedGenerator([], refusal: GenerationError(.modelNotFound, "none")), "model_not_found", "refused"),
            (ScriptedGenerator([.fail(GenerationError(.inputOutput, "disk"))]), "io_error", "failed"),
            (ScriptedGenerator([.event(.text("a")), .crash]), "internal_error", "failed"),
            (ScriptedGenerator([.event(.text("a")), .hang]), #""a""#, "abandoned"),
        ]
        for (generator, answer, outcome) in endings {
            try await withService(generator) { service in
                let raw = try RawConnection(path: service.path)
                try await raw.send(TestService.raw(#","stream":true"#))
                _ = try await raw.receive { $0.contains(answer) }
                raw.leave()
                let sample = "minke_requests_total{dialect=\"openai\",outcome=\"\(outcome)\"}"
                var count: Double?
                let deadline = ContinuousClock.now + .seconds(10)
                while count != 1, ContinuousClock.now < deadline {
                    count = try Self.samples(try await service.get("/metrics").text)[sample]
                }
                #expect(count == 1, "\(outcome)")
            }
        }
    }

    /// The judge, where it is installed (Debian: prometheus).
    @Test(.enabled(if: access("/usr/bin/promtool", X_OK) == 0))
    func pleasesPrometheus() async throws {
        try await withService(.answering(["x"])) { service in
            _ = try await service.chat("")
            let path = "/tmp/minke-metrics-\(getpid()).txt"
            defer { unlink(path) }
            let file = try #require(fopen(path, "w"))
            fputs(try await service.get("/metrics").text, file)
            fclose(file)
            #expect(system("/usr/bin/promtool check metrics < \(path)") == 0)
        }
    }
}
