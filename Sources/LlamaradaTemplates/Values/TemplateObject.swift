/// Something that only templates make. Namespaces, loops and macros are numbers into the interpreter's tables, so that
/// values never form a circle.
public struct TemplateObject: Sendable, Hashable {
    indirect enum Identity: Sendable, Hashable {
        case namespace(Int)
        case loop(Int)
        case macro(Int)
        /// A function that every template has.
        case function(String)
        /// A method of a value.
        case method(TemplateValue, TemplateText)
    }

    let identity: Identity

    init(_ identity: Identity) { self.identity = identity }

    var isCallable: Bool {
        switch identity {
        case .namespace: false
        case .loop, .macro, .function, .method: true
        }
    }

    var height: Int { if case .method(let value, _) = identity { 1 + value.height } else { 0 } }

    var size: Int { if case .method(let value, _) = identity { value.size } else { 1 } }

    var typeName: String {
        switch identity {
        case .namespace: "Namespace"
        case .loop: "LoopContext"
        case .macro: "Macro"
        case .function: "function"
        case .method: "builtin_function_or_method"
        }
    }
}
