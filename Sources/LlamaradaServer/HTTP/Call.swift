/// A request that passed the door, as endpoints see it.
struct Call: Sendable {
    let state: ServerState
    let client: Client
    /// Whoever has another key shares no prefixes of the cache.
    let salt: UInt64
    /// Empty for requests without one.
    let body: [UInt8]

    /// The body as an object.
    func fields() throws(APIError) -> Fields { try Fields(body: body) }
}
