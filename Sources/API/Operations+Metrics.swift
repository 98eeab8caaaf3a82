import Inference
import Server

extension Operations {
    /// `/metrics`, for Prometheus.
    var metrics: HTTPResponse {
        var text = MetricsText()
        text.gauge("minke_build_info", "The daemon's version.", 1, labels: "version=\"\(ProductVersion.current)\"")
        text.gauge("minke_uptime_seconds", "Time since the daemon started.", uptime)
        requests(&text)
        tokens(&text)
        memory(&text)
        paging(&text)
        board(&text)
        return HTTPResponse(
            .ok, headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"], body: text.bytes)
    }

    private func requests(_ text: inout MetricsText) {
        let endings = core.counters.sums.endings
        text.counters(
            "minke_requests_total", "Requests for answers, by dialect and how they ended.",
            Dialect.allCases.flatMap { dialect in
                AnswerOutcome.allCases.map { outcome in
                    let ending = ServiceCounters.Ending(dialect: dialect, outcome: outcome)
                    return (
                        labels: "dialect=\"\(dialect.rawValue)\",outcome=\"\(outcome.rawValue)\"",
                        value: Double(endings[ending] ?? 0)
                    )
                }
            })
        text.gauge("minke_queue_depth", "Requests that run or wait.", Double(core.generator.queueDepth()))
        text.gauge("minke_stalled", "1 while a request runs and has not got on for long.", state == .stalled ? 1 : 0)
    }

    private func tokens(_ text: inout MetricsText) {
        let sums = core.counters.sums
        text.counter("minke_prompt_tokens_total", "Tokens of prompts.", Double(sums.promptTokenCount))
        text.counter(
            "minke_prompt_tokens_cached_total", "Tokens of prompts that were known from earlier requests.",
            Double(sums.cachedTokenCount))
        text.counter("minke_answer_tokens_total", "Tokens of answers.", Double(sums.completionTokenCount))
        text.counter("minke_load_seconds_total", "Time that requests waited for their model.", sums.loadSeconds)
        text.counter("minke_prefill_seconds_total", "Time spent on prompts.", sums.prefillSeconds)
        text.counter("minke_decode_seconds_total", "Time spent on answers.", sums.decodeSeconds)
    }

    private func memory(_ text: inout MetricsText) {
        let memory = core.generator.memory()
        text.gauge("minke_memory_limit_bytes", "Memory that the engine may take.", Double(memory.limit))
        text.gauge("minke_memory_used_bytes", "Memory that the engine has taken.", Double(memory.used))
        let model = core.generator.loadedModel()
        text.gauge("minke_model_loaded", "1 while a model is in memory.", model == nil ? 0 : 1)
    }

    private func board(_ text: inout MetricsText) {
        let restraint = core.generator.restraint()
        text.gauge("minke_pace_ratio", "Share of the time in which the engine may work.", restraint.pace)
        if let temperature = restraint.temperature {
            text.gauge("minke_temperature_celsius", "The place that is nearest to being too hot.", temperature.degrees)
            text.gauge("minke_throttled_at_celsius", "Where the processors are slowed down.", temperature.trip)
        }
        text.counter(
            "minke_rested_seconds_total", "Time rested because of heat or a weak supply.", restraint.restedSeconds)
        text.counter(
            "minke_memory_pressure_total", "Signs of memory pressure that were answered.",
            Double(restraint.pressureCount))
        text.gauge("minke_expert_slots", "Slots of the expert cache.", Double(restraint.slotCount))
        text.gauge("minke_expert_slots_held", "Slots that have memory now.", Double(restraint.heldSlotCount))
    }

    /// Counts start again with every model that is loaded, as counters may.
    private func paging(_ text: inout MetricsText) {
        let paging = core.generator.paging() ?? PagingReport()
        text.counter(
            "minke_expert_cache_hits_total", "Experts found where an earlier token left them.",
            Double(paging.hitCount))
        text.counter(
            "minke_expert_cache_read_ahead_total", "Experts read before they were asked for.",
            Double(paging.aheadHitCount))
        text.counter(
            "minke_expert_cache_misses_total", "Experts read when they were asked for.", Double(paging.missCount))
        text.counter("minke_expert_read_bytes_total", "Bytes of experts read.", Double(paging.readByteCount))
        text.counter(
            "minke_expert_reads_repeated_total", "Reads that were repeated because the first one failed.",
            Double(paging.repeatedReadCount))
        text.counter(
            "minke_expert_stall_seconds_total", "Time in which the engine only waited for the disk.",
            paging.stalledSeconds)
    }
}
