/// Which keys and values of earlier requests a prompt may take over.
public enum PrefixReuse: Sendable, Hashable {
    /// None: everything is computed.
    case nothing
    /// Those of prompts. The result has the same bits as if everything were computed.
    case prompts
    /// Those of answers, too, whose last bits may differ from what a prompt's computation gives.
    case answers
}
