import JSON

extension Grammar {
    /// The answers that are valid under a JSON Schema of 2020-12.
    ///
    /// The language is a part of the valid instances: members come in the order of `properties`, required ones without
    /// a schema of their own after them, others last; numbers have bounded digits; texts that a keyword constrains
    /// have one spelling. Every answer is valid. Keywords that cannot be enforced are refused.
    public init(schema: JSONValue, limits: GrammarLimits = .standard) throws(GrammarError) {
        self.init(.program(try SchemaCompiler.compile(schema, limits)))
    }
}
