extension Interpreter {
    /// `value.name`: a method comes before an element of the same name.
    func attribute(_ name: TemplateText, of value: TemplateValue) throws(TemplateError) -> TemplateValue {
        if case .undefined(let missing) = value { throw missing.error }
        if let own = ownAttribute(name, of: value) { return own }
        if case .dictionary(let dictionary) = value, let element = dictionary[name] { return element }
        // What every object of Python has is there, but not for templates.
        if name.bytes.starts(with: "__".utf8), name.bytes.suffix(2) == [UInt8]("__".utf8)[...] {
            return .undefined(.forbidden(name, of: value.typeName))
        }
        return value.missing(.string(name))
    }

    /// `value[key]`: an element comes before a method of the same name.
    func item(_ key: TemplateValue, of value: TemplateValue) throws(TemplateError) -> TemplateValue {
        try charge(key.size)
        if case .undefined(let missing) = value { throw missing.error }
        if let element = try element(key, of: value) { return element }
        if let name = key.text, let own = ownAttribute(name, of: value) { return own }
        return value.missing(key)
    }

    private func element(_ key: TemplateValue, of value: TemplateValue) throws(TemplateError) -> TemplateValue? {
        switch value {
        case .dictionary(let dictionary): return key.isHashable ? dictionary[key] : nil
        case .list(let list):
            guard list.kind.isIndexed, let index = key.integer else { return nil }
            let place = index < 0 ? index + list.items.count : index
            return list.items.indices.contains(place) ? list.items[place] : nil
        case .string(let text):
            guard let index = key.integer else { return nil }
            try charge(text.bytes.count / 8)
            return text.character(at: index).map(TemplateValue.string)
        default: return nil
        }
    }

    /// Methods of Python's types, and attributes of namespaces, loops and macros.
    private func ownAttribute(_ name: TemplateText, of value: TemplateValue) -> TemplateValue? {
        if case .object(let object) = value {
            switch object.identity {
            case .namespace(let index): return namespaces[index][name]
            case .loop(let number): return attribute(name, ofLoop: number)
            case .macro(let index) where name == "name": return .string(macros[index].macro.name)
            default: return nil
            }
        }
        guard let methods = Methods.names(of: value) else { return nil }
        if methods.changing.contains(name) { return .undefined(.forbidden(name, of: value.typeName)) }
        return methods.reading.contains(name) ? .object(TemplateObject(.method(value, name))) : nil
    }

    /// The elements that a loop goes through.
    func items(of value: TemplateValue) throws(TemplateError) -> [TemplateValue] {
        switch value {
        case .undefined: return []
        case .list(let list):
            try charge(list.items.count)
            return list.items
        case .dictionary(let dictionary):
            try charge(dictionary.count)
            return dictionary.keys
        case .string(let text):
            // A text of its own for every code point.
            try charge(8 * text.bytes.count)
            return text.characters.map(TemplateValue.string)
        default: throw TemplateError(.value, "'\(value.typeName)' object is not iterable")
        }
    }

    /// `len(value)`
    func length(of value: TemplateValue) throws(TemplateError) -> Int {
        switch value {
        case .undefined: return 0
        case .list(let list) where list.kind != .generator: return list.items.count
        case .dictionary(let dictionary): return dictionary.count
        case .string(let text):
            try charge(text.bytes.count / 8)
            return text.length
        default: throw TemplateError(.value, "object of type '\(value.typeName)' has no len()")
        }
    }

    /// `value[start:stop:step]`
    func slice(
        _ value: TemplateValue, _ start: TemplateValue, _ stop: TemplateValue, _ step: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        if case .undefined(let missing) = value { throw missing.error }
        let range = try SliceRange(start, stop, step)
        switch value {
        case .string(let text):
            try charge(text.bytes.count / 8)
            return .string(text.slice(range))
        case .list(let list) where list.kind.isIndexed:
            let places = range.places(count: list.items.count)
            try charge(places.count)
            return .list(TemplateList(places.map { list.items[$0] }, list.kind == .tuple ? .tuple : .list))
        default: throw TemplateError(.value, "'\(value.typeName)' object is not subscriptable")
        }
    }
}
