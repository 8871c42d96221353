/// Compares with a secret.
package enum SecretComparison {
    /// Takes as long for every `found` of a length, so that the time tells nothing of where it differs.
    package static func isEqual(_ found: [UInt8], _ secret: [UInt8]) -> Bool {
        var difference = found.count ^ secret.count
        for index in found.indices {
            difference |= Int(found[index] ^ (secret.isEmpty ? 0 : secret[index % secret.count]))
        }
        return difference == 0
    }
}
