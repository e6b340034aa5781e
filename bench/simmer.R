# The small network in simmer: Rscript simmer.R FOLDER
#
# The folder holds the network as files of doubles (people in the order of arrival, times in ms)
# and receives when people were called and done. Prints the seconds that simmer took on a core.

suppressPackageStartupMessages(library(simmer))

folder <- commandArgs(trailingOnly = TRUE)[1]

file_of <- function(name) file.path(folder, paste0(name, ".f64"))

numbers <- function(name) {
  readBin(file_of(name), "double", file.size(file_of(name)) / 8)
}

on_a_core <- function() sum(proc.time()[c("user.self", "sys.self")])

site <- numbers("site")
people <- data.frame(
  time = numbers("arrival_ms"), service = numbers("service_ms"), work = numbers("work_ms")
)
counters <- numbers("counters")
officers <- numbers("officers")
rows <- split(seq_along(site), factor(site, levels = seq_along(counters) - 1))

begun <- on_a_core()
env <- simmer()
for (number in seq_along(counters)) {
  counter <- paste0("counter", number)
  office <- paste0("office", number)
  visit <- trajectory() %>%
    seize(counter) %>%
    timeout_from_attribute("service") %>%
    release(counter) %>%
    seize(office) %>%
    timeout_from_attribute("work") %>%
    release(office)
  env %>%
    add_resource(counter, counters[number], mon = FALSE) %>%
    add_resource(office, officers[number], mon = FALSE) %>%
    add_dataframe(paste0(number, "_"), visit, people[rows[[number]], ], time = "absolute")
}
invisible(run(env))
stays <- get_mon_arrivals(env, per_resource = TRUE)
seconds <- on_a_core() - begun

# an arrival is named by its source and its number in it, from 0
source <- as.integer(sub("_.*", "", stays$name))
place <- as.integer(sub(".*_", "", stays$name)) + 1
first <- cumsum(c(0, lengths(rows)))
person <- unlist(rows)[first[source] + place]
at_counter <- startsWith(stays$resource, "counter")
called <- done <- rep(-1, length(site))
called[person[at_counter]] <- (stays$end_time - stays$activity_time)[at_counter]
done[person[!at_counter]] <- stays$end_time[!at_counter]
writeBin(called, file_of("called"))
writeBin(done, file_of("done"))
cat(seconds, "\n")
