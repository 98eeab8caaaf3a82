extension Grammar {
    /// Any JSON object, compact or with modest white space, free parts nested at most 64 deep.
    public static var jsonObject: Grammar {
        var builder = ProgramBuilder()
        return Grammar(.program(builder.finish(start: builder.anyObject(levels: GrammarLimits.standard.freeNesting))))
    }

    /// Exactly this text.
    public static func text(_ text: String) -> Grammar {
        Grammar(.text(Array(text.utf8)))
    }

    /// A special token of the vocabulary by its text, such as `<｜tool▁calls▁begin｜>`; if the vocabulary has no such
    /// token, the text itself.
    public static func marker(_ name: String) -> Grammar {
        Grammar(.marker(name))
    }

    /// One part after the other.
    public static func sequence(_ parts: [Grammar]) -> Grammar {
        Grammar(.sequence(parts.map(\.part)))
    }

    /// One of the parts; with none, nothing.
    public static func choice(_ parts: [Grammar]) -> Grammar {
        Grammar(.choice(parts.map(\.part)))
    }

    /// A part so many times (`atMost: nil` sets no bound), with a separator between two.
    ///
    /// If part and separator may both be empty, any number of times: rounds that read nothing cannot be counted.
    public static func repeated(
        _ part: Grammar, separator: Grammar? = nil, atLeast: Int, atMost: Int?
    ) -> Grammar {
        Grammar(.repeated(part.part, separator: separator?.part, atLeast: atLeast, atMost: atMost))
    }

    /// Any ordinary tokens and special tokens but these markers and those that end the answer.
    ///
    /// A marker that the vocabulary does not have as a special token is kept out as text. The first byte is another one than
    /// `first`, if that is given.
    public static func freeText(except markers: [String], notBeginningWith first: UInt8? = nil) -> Grammar {
        Grammar(.freeText(except: markers, notBeginningWith: first))
    }
}
