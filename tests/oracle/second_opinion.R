# R survey's estimates of the designs in a file, for tests/oracle/test_second_opinion.py.
#
# Rscript second_opinion.R <rows.csv> <results.csv> <weights.csv>
# Rows: design, h (stratum), c (cluster), w (weight), target (weights that margins are calibrated to), N (clusters in the
# population; empty: no correction), calibrated (0/1), a and b (margins), g (domain), y and x (variables, may be empty).

suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "adjust", digits = 17)
files <- commandArgs(trailingOnly = TRUE)
everything <- read.csv(files[1])

drawn <- function(rows) {
  fpc <- if (anyNA(rows$N)) NULL else ~N
  design <- svydesign(ids = ~c, strata = ~h, weights = ~w, fpc = fpc, data = rows, nest = TRUE)
  if (rows$calibrated[1] == 0) return(design)
  margins <- model.matrix(~ factor(a) + factor(b), rows)
  calibrate(design, ~ factor(a) + factor(b), population = colSums(margins * rows$target), calfun = "linear")
}

results <- list()
weights <- list()
for (number in unique(everything$design)) {
  rows <- everything[everything$design == number, ]
  rows$has_y <- !is.na(rows$y)
  rows$has_x <- !is.na(rows$x)
  rows$y[!rows$has_y] <- 0  # outside every domain below; R keeps such rows of a calibrated design, with weight zero
  rows$x[!rows$has_x] <- 1
  design <- drawn(rows)
  add <- function(what, found, position = 1) {
    value <- c(coef(found)[position], SE(found)[position])
    results[[length(results) + 1]] <<- data.frame(design = number, what = what, estimate = value[1], se = value[2])
  }
  answered <- subset(design, has_y)
  add("mean", svymean(~y, answered))
  add("mean of domain", svymean(~y, subset(answered, g == 1)))
  add("total of domain", svytotal(~y, subset(answered, g == 1)))
  add("ratio", svyratio(~y, ~x, subset(design, has_y & has_x)))
  add("difference", svyglm(y ~ g, answered), 2)
  weights[[length(weights) + 1]] <- weights(design)
}
write.csv(do.call(rbind, results), files[2], row.names = FALSE)
write.csv(data.frame(weight = do.call(c, weights)), files[3], row.names = FALSE)
