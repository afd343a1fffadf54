# One R method on votes in a folder: Rscript peers.R METHOD FOLDER BURN KEEP
# Reads votes.csv (states x roll calls; -1 not shown, 0 no, 1 abstain, 2 yes), sessions.csv and hidden.csv
# (state, call from 0).  Writes chances.csv (one column: yes; or no, abstain, yes), theta.csv, cost.csv.
given <- commandArgs(trailingOnly = TRUE)
method <- given[1]; folder <- given[2]; burn <- as.integer(given[3]); keep <- as.integer(given[4])
package <- if (method == "pscl::ideal") "pscl" else "MCMCpack"
suppressMessages({ library(package, character.only = TRUE); library(coda) })
THIN <- 5

votes <- as.matrix(read.csv(file.path(folder, "votes.csv"), header = FALSE))
sessions <- scan(file.path(folder, "sessions.csv"), quiet = TRUE)
hidden <- as.matrix(read.csv(file.path(folder, "hidden.csv"), header = FALSE)) + 1
dimnames(votes) <- list(paste0("s", seq_len(nrow(votes))), paste0("c", seq_len(ncol(votes))))
votes[votes < 0] <- NA
when <- match(sessions, sort(unique(sessions)))
times <- max(when)
yes <- (votes == 2) * 1
mixed <- apply(yes, 2, function(v) length(unique(v[!is.na(v)])) > 1)
yes <- yes[, mixed]
yes <- yes[rowSums(!is.na(yes)) > 0, ]
# The side of each state on the main axis; the states at its ends fix the sign.
filled <- yes
for (j in seq_len(ncol(filled))) filled[is.na(filled[, j]), j] <- mean(filled[, j], na.rm = TRUE)
axis <- svd(scale(filled, scale = FALSE), nu = 1, nv = 0)$u[, 1]
enough <- rowMeans(!is.na(yes)) > 0.5
top <- rownames(yes)[which.max(ifelse(enough, axis, -Inf))]
low <- rownames(yes)[which.min(ifelse(enough, axis, Inf))]
ends <- setNames(list("+", "-"), c(top, low))

# Average the chance of a yes over draws: arrays of draws x votes would be too large at once.
yes_chances <- function(draws, alpha, beta, theta) {
  n <- nrow(hidden); total <- numeric(n)
  known <- alpha %in% colnames(draws) & theta %in% colnames(draws)
  for (d in seq_len(nrow(draws))) {
    z <- draws[d, beta[known]] * draws[d, theta[known]] - draws[d, alpha[known]]
    total[known] <- total[known] + pnorm(z)
  }
  out <- total / nrow(draws)
  shares <- (colSums(votes == 2, na.rm = TRUE) + 0.5) / (colSums(!is.na(votes)) + 1)
  out[!known] <- shares[hidden[!known, 2]]
  matrix(out, ncol = 1)
}
names_of <- function(prefix, at, suffix = "") paste0(prefix, at, suffix)
call <- colnames(votes)[hidden[, 2]]; state <- rownames(votes)[hidden[, 1]]
still <- function(draws, names) {
  mean <- setNames(rep(NA, length(names)), names)
  have <- intersect(names, colnames(draws))
  mean[have] <- colMeans(draws[, have, drop = FALSE])
  matrix(mean, nrow = nrow(votes), ncol = times)
}

run <- list(
  "MCMCpack::MCMCirt1d" = function() {
    draws <- MCMCirt1d(yes, theta.constraints = ends, burnin = burn, mcmc = keep, thin = THIN, seed = 1,
                       store.item = TRUE, store.ability = TRUE)
    list(draws = draws, chances = function() yes_chances(draws, names_of("alpha.", call), names_of("beta.", call), names_of("theta.", state)),
         theta = still(draws, paste0("theta.", rownames(votes))))
  },
  "MCMCpack::MCMCdynamicIRT1d" = function() {
    start <- as.numeric(scale(axis)) * 1.0
    draws <- MCMCdynamicIRT1d(yes, item.time.map = when[mixed], theta.constraints = ends, burnin = burn,
                              mcmc = keep, thin = THIN, seed = 1, theta.start = start)
    slot <- outer(rownames(votes), seq_len(times), function(s, t) paste0("theta.", s, ".t", t))
    theta <- matrix(NA, nrow(votes), times)
    have <- slot %in% colnames(draws)
    theta[have] <- colMeans(draws[, slot[have]])
    seen <- sapply(seq_len(times), function(t) rowSums(!is.na(votes[, when == t, drop = FALSE])) > 0)
    theta[!seen] <- NA
    list(draws = draws, chances = function() yes_chances(draws, names_of("alpha.", call), names_of("beta.", call),
           paste0("theta.", state, ".t", when[hidden[, 2]])), theta = theta)
  },
  "MCMCpack::MCMCordfactanal" = function() {
    slope <- abs(cor(filled, axis))[, 1]
    best <- names(which.max(slope * (colMeans(!is.na(yes)) > 0.8)))
    sign <- setNames(list(list(2, if (cor(filled[, best], axis) > 0) "+" else "-")), best)
    draws <- MCMCordfactanal(votes, factors = 1, lambda.constraints = sign, burnin = burn, mcmc = keep, thin = THIN,
                             seed = 1, L0 = 0.25, store.lambda = TRUE, store.scores = TRUE, drop.constantvars = TRUE)
    list(draws = draws, chances = function() ordered_chances(draws),
         theta = still(draws, paste0("phi.", rownames(votes), ".2")))
  },
  "pscl::ideal" = function() {
    object <- rollcall(yes, yea = 1, nay = 0, missing = NA, legis.names = rownames(yes), vote.names = colnames(yes))
    # Not normalised: then its positions and items no longer belong together (in-sample log loss 0.42, not 0.17).
    fit <- ideal(object, d = 1, maxiter = burn + keep, burnin = burn, thin = THIN, normalize = FALSE, store.item = TRUE)
    x <- fit$x[, , 1]; b <- fit$beta
    draws <- cbind(x, b[, , 1], b[, , 2])
    colnames(draws) <- c(paste0("theta.", dimnames(fit$x)[[2]]), paste0("beta.", dimnames(b)[[2]]), paste0("alpha.", dimnames(b)[[2]]))
    list(draws = draws, chances = function() yes_chances(draws, names_of("alpha.", call), names_of("beta.", call), names_of("theta.", state)),
         theta = still(draws, paste0("theta.", rownames(votes))))
  }
)

# Chances of no, abstain and yes from cut-points; a category that an item lacks has chance 0, raised a little.
ordered_chances <- function(draws) {
  n <- nrow(hidden); out <- matrix(0, n, 3)
  get <- function(d, name) if (name %in% colnames(draws)) draws[d, name] else NULL
  kinds <- lapply(seq_len(ncol(votes)), function(j) sort(unique(votes[!is.na(votes[, j]), j])))
  of <- colnames(draws)
  for (j in unique(hidden[, 2])) {
    rows <- which(hidden[, 2] == j); kind <- kinds[[j]]; name <- colnames(votes)[j]
    if (!(paste0("Lambda", name, ".1") %in% of)) { out[rows, kind + 1] <- 1; next }
    base <- draws[, paste0("Lambda", name, ".1")]; slope <- draws[, paste0("Lambda", name, ".2")]
    cuts <- list(rep(0, nrow(draws)))
    if (length(kind) > 2) cuts[[2]] <- draws[, paste0("gamma2", ".", name)]
    for (r in rows) {
      column <- paste0("phi.", state[r], ".2")
      middle <- base + slope * (if (column %in% of) draws[, column] else 0)
      below <- sapply(cuts, function(cut) mean(pnorm(cut - middle)))
      out[r, kind + 1] <- diff(c(0, below, 1))
    }
  }
  out <- pmax(out, 0) + 1e-3
  out / rowSums(out)
}

began <- proc.time()
got <- run[[method]]()
spent <- proc.time() - began
chances <- got$chances()
write.table(chances, file.path(folder, "chances.csv"), sep = ",", row.names = FALSE, col.names = FALSE)
write.table(got$theta, file.path(folder, "theta.csv"), sep = ",", row.names = FALSE, col.names = FALSE, na = "nan")
scores <- grep("^(theta|phi)", colnames(got$draws), value = TRUE)
effective <- median(effectiveSize(mcmc(got$draws[, sample(scores, min(60, length(scores)))])))
status <- readLines("/proc/self/status")
peak <- as.numeric(sub("\\D+(\\d+).*", "\\1", grep("VmHWM", status, value = TRUE))) / 1024
writeLines(paste(spent[["user.self"]] + spent[["sys.self"]], spent[["elapsed"]], peak, effective, sep = ","),
           file.path(folder, "cost.csv"))
