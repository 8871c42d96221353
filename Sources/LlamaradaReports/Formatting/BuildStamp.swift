/// The program and the machine that made a report.
package struct BuildStamp: Sendable {
    /// Such as `0.1.0`.
    let version: String
    /// The commit, abbreviated.
    let commit: String
    /// How many commits came before it; 0 where that is not known.
    let number: Int
    /// The processor's name.
    let processor: String

    package init(version: String, commit: String, number: Int, processor: String) {
        self.version = version
        self.commit = commit
        self.number = number
        self.processor = processor
    }

    /// Such as `0.1.0 (1a2b3c4)`.
    package var versionAndCommit: String { "\(version) (\(commit))" }
}
