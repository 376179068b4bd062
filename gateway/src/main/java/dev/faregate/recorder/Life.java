package dev.faregate.recorder;

/// One life of a node, as it stands in the database and in the head of its flight recorder.
///
/// @param boot names the life, also in its holds
/// @param nonce a second random name, known to that recorder and the database only
/// @param kernelBoot this start of the machine's kernel; empty where it has no name
/// @param recorder which file of the disk the recorder is: a copy of it is another one; in the head, empty
record Life(String boot, String node, String nonce, String kernelBoot, String recorder) {}
