"""From a publisher's file to a tidy table: one function a source, columns and types checked."""
