/// Variables of a block, and the block around it.
final class Scope {
    private var values: [TemplateText: TemplateValue]
    private let parent: Scope?

    init(_ values: [TemplateText: TemplateValue] = [:], in parent: Scope? = nil) {
        self.values = values
        self.parent = parent
    }

    /// The value of a variable of this block or the nearest around it; assigned always to this block's own.
    subscript(_ name: TemplateText) -> TemplateValue? {
        get {
            var scope: Scope? = self
            while let here = scope {
                if let value = here.values[name] { return value }
                scope = here.parent
            }
            return nil
        }
        set { values[name] = newValue }
    }
}
