import Glibc

/// Standard input, output and error as they were when the program began.
enum StandardStreams {
    /// Puts something in the place of those that are closed.
    ///
    /// Otherwise the next file that is opened would get their number, and a model be read as a text or written over.
    /// What is put there can't do what the stream is for, so that using it fails as a closed stream does.
    static func fillClosed() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is given, which is this one.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
