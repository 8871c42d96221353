/// The formats of texts that are known (JSON Schema Validation 2020-12, 7.3), as patterns of whole texts.
///
/// Each gives part of what its format allows, and nothing that a strict reader could refuse: February has 28 days, minutes
/// have 60 seconds, host names have no more than four labels of 20 letters.
enum StringFormats {
    static func pattern(_ name: String) -> String? { patterns[name] }

    static var names: [String] { patterns.keys.sorted() }

    private static let date =
        "[0-9]{3}[1-9]-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
        + "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    private static let time =
        "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
    private static let label = "[a-z](?:[a-z0-9]{0,18}[a-z0-9])?"
    private static let byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    private static let host = label + "(?:\\." + label + "){0,3}"
    private static let path = "(?:/[A-Za-z0-9._~-]{1,20}){0,4}"

    private static let patterns: [String: String] = [
        "date": date,
        "time": time,
        "date-time": date + "T" + time,
        "duration": "P(?:[0-9]{1,4}W|[0-9]{1,4}D(?:T[0-9]{1,4}H)?|T[0-9]{1,4}[HMS]|[0-9]{1,4}[YM])",
        "uuid": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "ipv4": byte + "(?:\\." + byte + "){3}",
        "ipv6": "[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}",
        "hostname": host,
        "email": "[a-z0-9](?:[a-z0-9_-]{0,18}[a-z0-9])?(?:\\.[a-z0-9]{1,18})?@" + label + "\\." + label,
        "uri": "https?://" + host + path,
    ].mapValues { "^(?:" + $0 + ")$" }
}
